import pytest

from infra.package.target import Target

LINES = [
    "# comment",
    "boto3==1.44.5",
    "numpy==2.4.6 ; python_full_version < '3.12'",
    "numpy==2.5.5 ; python_full_version >= '3.12'",
    "colorama==0.4.6 ; sys_platform == 'win32'",
    "pip==26.3",
]


@pytest.mark.parametrize(
    ("runtime", "version"),
    [("python3.11", "2.4.6"), ("python3.12", "2.5.5"), ("python3.13", "2.5.5")],
)
def test_markers_are_judged_for_lambda_not_for_this_machine(runtime: str, version: str) -> None:
    assert Target(runtime, "arm64").requirements(LINES) == [f"numpy=={version}"]


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", "x86_64"), ("arm64", "aarch64")])
def test_wheels_for_old_and_new_linux_are_taken(architecture: str, machine: str) -> None:
    tags = Target("python3.12", architecture).platforms
    assert tags[0] == f"manylinux_2_28_{machine}"
    assert f"manylinux2014_{machine}" in tags
