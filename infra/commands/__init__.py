"""The commands of `python -m infra`, in the order in which an operator needs them."""
