import hashlib
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from ingest.errors import Changed, TooLarge
from ingest.storage import Bucket


@pytest.fixture
def bucket(clients, buckets):
    return Bucket(clients[0], buckets.incoming)


@pytest.fixture
def published(clients, buckets):
    return Bucket(clients[0], buckets.published)


@pytest.fixture
def stored(bucket):
    bucket.put_json("a/b c+d%.json", {"ä": 1})
    return bucket.head("a/b c+d%.json")


def test_head_says_what_is_there(bucket, stored):
    assert stored.key == "a/b c+d%.json"
    assert stored.size == len(bucket.read(stored, 100))
    assert '"' not in stored.etag
    assert bucket.head("a/b") is None


def test_list_is_of_the_same_objects(bucket, stored):
    bucket.put_json("b", 1)
    assert [item.key for item in bucket.list("")] == ["a/b c+d%.json", "b"]
    (found,) = bucket.list("a/")
    assert (found.etag, found.size) == (stored.etag, stored.size)
    assert abs(found.modified - stored.modified) < timedelta(seconds=2)


def test_download_gives_the_sha256_of_what_it_wrote(bucket, stored, tmp_path):
    digest = bucket.download(stored, tmp_path / "x")
    assert digest == hashlib.sha256((tmp_path / "x").read_bytes()).hexdigest()


def test_replaced_object_is_not_mistaken_for_the_one_looked_at(bucket, stored, tmp_path):
    bucket.put_json(stored.key, {"ä": 2})
    with pytest.raises(Changed):
        bucket.read(stored, 100)
    with pytest.raises(Changed):
        bucket.download(stored, tmp_path / "x")


def test_removed_object_has_changed(bucket, stored, published, clients):
    clients[0].delete_object(Bucket=bucket.name, Key=stored.key)
    with pytest.raises(Changed):
        bucket.read(stored, 100)
    with pytest.raises(Changed):
        published.copy_from(bucket, stored, "copy")


def test_limit(bucket, stored):
    with pytest.raises(TooLarge, match="more than 3"):
        bucket.read(stored, 3)


def test_copy_and_upload_carry_headers(bucket, stored, published, tmp_path, clients):
    published.copy_from(bucket, stored, "copy", ContentType="image/tiff", CacheControl="x")
    (tmp_path / "x").write_bytes(b"bytes")
    published.upload(tmp_path / "x", "upload", ContentType="image/tiff", CacheControl="x")
    for key in ("copy", "upload"):
        head = clients[0].head_object(Bucket=published.name, Key=key)
        assert (head["ContentType"], head["CacheControl"]) == ("image/tiff", "x")
    assert published.get("copy") == bucket.read(stored, 100)


def test_missing_json_is_none_and_missing_bucket_is_raised(published, clients):
    assert published.get("nothing") is None
    with pytest.raises(ClientError):
        list(Bucket(clients[0], "no-such-bucket").list(""))


def test_a_copy_leaves_the_tags_of_an_upload_behind(bucket, published, clients):
    """The ingestion function has no right to them, and S3 would refuse to copy at all."""
    tags = {"Bucket": bucket.name, "Key": "tagged.tif", "Tagging": "owner=maps"}
    clients[0].put_object(Body=b"x", **tags)
    published.copy_from(bucket, bucket.head("tagged.tif"), "copy")
    copied = clients[0].get_object_tagging(Bucket=published.name, Key="copy")
    assert copied["TagSet"] == []
