"""Pixels and areas as answers write them."""


def share(count: float, area: float) -> dict[str, int | float]:
    """Native pixels, and m2 to twelve digits, which are more than are right."""
    return {"count": round(count), "area": float(f"{area:.12g}")}


def exactness(is_exact: bool) -> str:
    """`exact` or `estimated`."""
    return "exact" if is_exact else "estimated"
