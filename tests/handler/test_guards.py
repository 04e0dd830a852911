"""Terracotta's own endpoints: as ever, but 400 where they used to fail."""

import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.handler.conftest import DATASET, Registry

PATH = "/".join(DATASET)
SCENE = "/".join(DATASET[:-1])
BANDS = "r=cloudmask&g=cloudmask&b=cloudmask"
SUM = "expression=v1%2Bv2&v1=cloudmask&v2=cloudmask&stretch_range=[0,6]"
WHOLE = "9/277/174"


@pytest.mark.parametrize(
    "url",
    [
        "/keys",
        "/datasets",
        *("/datasets?type=categorical&limit=10&page=0", "/datasets?limit=10000"),
        f"/metadata/{PATH}",
        f'/metadata/{PATH}?columns=["bounds","metadata"]',
        "/colormap?stretch_range=[0,3]&colormap=viridis&num_values=4",
        f"/singleband/{PATH}/{WHOLE}.png",
        f"/singleband/{PATH}/{WHOLE}.png?colormap=viridis&stretch_range=[0,3]",
        f"/singleband/{PATH}/preview.png?tile_size=[64,64]",
        f"/singleband/{PATH}/preview.png?color_transform=gamma 1 1.5",
        f"/rgb/{SCENE}/{WHOLE}.png?{BANDS}",
        f"/rgb/{SCENE}/preview.png?{BANDS}&color_transform=gamma rgb 1.5",
        f"/compute/{SCENE}/{WHOLE}.png?{SUM}",
        f"/compute/{SCENE}/preview.png?{SUM}&tile_size=[64,64]",
    ],
)
def test_they_answer(client: FlaskClient, url: str) -> None:
    response = client.get(url, headers={"Origin": "http://localhost:3000"})
    assert response.status_code == 200, response.text
    assert "Access-Control-Allow-Origin" in response.headers


def test_the_contents_of_a_database(client: FlaskClient) -> None:
    assert [key["key"] for key in client.get("/keys").get_json()["keys"]] == [
        *("type", "sensor", "date", "band")
    ]
    assert client.get("/datasets?type=categorical").get_json()["datasets"] == [
        dict(zip(("type", "sensor", "date", "band"), DATASET, strict=True))
    ]
    metadata = client.get(f"/metadata/{PATH}").get_json()["metadata"]
    assert metadata["categories"]["cloud"] == 2


def test_several_at_once(client: FlaskClient) -> None:
    response = client.post("/metadata", json={"keys": [list(DATASET)]})
    assert response.get_json()[0]["metadata"]["categories"]["cloud"] == 2


@pytest.mark.parametrize(
    "url",
    [
        *("/datasets?limit=-1", "/datasets?limit=99999999999999999999", "/datasets?nope=1"),
        *("/datasets?page=9223372036854775807", "/datasets?limit=a", "/datasets?order_by=nope"),
        *("/datasets?limit=10001", "/datasets?limit=10000&page=214749"),
        "/datasets?type=%00",
        "/metadata/a",
        "/metadata/categorical/S2/20181010/cloud%00mask",
        *(
            f"/metadata/{PATH}?columns={it}"
            for it in ('["nope"]', '["keys"]', "[]", "5", "x", "[null]", "{}")
        ),
        *("/colormap", "/colormap?stretch_range=[null,1]", "/colormap?stretch_range=[0,1,2]"),
        *(f"/colormap?stretch_range=[0,1]&num_values={it}" for it in ("-5", "1000000000", "x")),
        *(f"/singleband/{PATH}/preview.png?color_transform={it}" for it in ("null", "", "gamma")),
        f"/singleband/{PATH}/{WHOLE}.png?color_transform=gamma 1",
        f'/singleband/{PATH}/{WHOLE}.png?stretch_range=["p2","p200"]',
        f"/singleband/{PATH}/{WHOLE}.png?stretch_range=5",
        f"/singleband/{PATH}/{WHOLE}.png?colormap=nope",
        f"/singleband/{PATH}/-1/0/0.png",
        "/rgb/0/preview.png?r=&g=&b=",
        f"/rgb/{SCENE}/{WHOLE}.png",
        f"/rgb/{SCENE}/{WHOLE}.png?{BANDS}&r_range=[3]",
        f"/rgb/{SCENE}/preview.png?{BANDS}&color_transform=null",
        f"/rgb/{SCENE}/preview.png?{BANDS}&tile_size=[100000,100000]",
        f"/rgb/{SCENE}/-1/0/0.png?{BANDS}",
        f"/compute/{SCENE}/preview.png?expression=v1&v1=cloudmask&stretch_range=[null,1]",
        f"/compute/{SCENE}/preview.png?expression=v1&v1=cloudmask&stretch_range=[1,0]",
        f"/compute/{SCENE}/preview.png?expression=((&v1=cloudmask&stretch_range=[0,1]",
        f"/compute/{SCENE}/preview.png?{SUM}&tile_size=[0,0]",
        f"/compute/{SCENE}/-1/0/0.png?{SUM}",
    ],
)
def test_what_the_caller_can_mend(client: FlaskClient, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 400, response.text
    assert list(response.get_json()) == ["message"]


@pytest.mark.parametrize(
    "url",
    [
        "/metadata/a/b/c/d",
        f"/singleband/a/b/c/d/{WHOLE}.png",
        "/singleband/a/b/c/d/preview.png",
        f"/rgb/{SCENE}/preview.png?r=cloudmask&g=cloudmask&b=nope",
        f"/rgb/{SCENE}/{WHOLE}.png?r=cloudmask&g=cloudmask&b=nope",
        f"/compute/{SCENE}/preview.png?expression=v1&v1=nope&stretch_range=[0,1]",
        f"/compute/{SCENE}/{WHOLE}.png?expression=v1&v1=nope&stretch_range=[0,1]",
    ],
)
def test_unknown_datasets(client: FlaskClient, url: str) -> None:
    response = client.get(url)
    assert response.status_code == 404, response.text
    assert response.get_json() == {"message": "No dataset found"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        *(("{}", 400), ("[]", 400), ("x", 400), ('{"keys": null}', 400), ('{"keys": [[1]]}', 400)),
        *(('{"keys": [["a"]]}', 400), ('{"keys": [["a","b","c","d"]]}', 404)),
        ('{"keys": [["a","b","c","d\\u0000"]]}', 404),
        (json.dumps({"keys": [list(DATASET)] * 101}), 400),
    ],
)
def test_bodies(client: FlaskClient, body: str, status: int) -> None:
    response = client.post("/metadata", data=body, content_type="application/json")
    assert response.status_code == status, response.text
    assert list(response.get_json()) == ["message"]


@pytest.mark.parametrize("nul", ["\0", "a\0b"])
def test_a_nul_character_reaches_no_database(
    client: FlaskClient, postgresql: Registry, nul: str
) -> None:
    for url in (f"/datasets?type={quote(nul)}", f"/rgb/{SCENE}/preview.png?r={quote(nul)}&g=1&b=1"):
        assert "NUL" in client.get(url).get_json()["message"]
