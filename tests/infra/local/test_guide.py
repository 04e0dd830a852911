"""What a running system prints."""

from infra.local.gateway import Gateway
from infra.local.guide import addresses, endpoints, how_to_upload
from infra.local.system import System


def test_only_endpoints_that_are_there_are_shown():
    def invoke(event, timeout):
        return {"statusCode": 404 if event["path"] == "/" else 200}

    with Gateway(0, "local") as gateway:
        gateway.serve(invoke)
        text = addresses(gateway.url)
    assert f"{gateway.url}/\n" not in text
    assert f"    {gateway.url}/datasets?type=categorical" in text


def test_an_endpoint_that_fails_is_shown_as_failing():
    with Gateway(0, "local") as gateway:
        gateway.serve(lambda event, timeout: {"statusCode": 503})
        assert addresses(gateway.url).count("(answered 503):") == len(
            list(endpoints("http://h/local"))
        )


def test_no_address_needs_more_encoding():
    assert not [url for url, _ in endpoints("http://h/local") if set(url) & set('{}| "<>^`\\')]


def test_the_commands_name_this_systems_buckets(aws, buckets):
    text = how_to_upload(System("http://h/local", aws, buckets, None, None, []))
    assert f"--endpoint-url {aws.endpoint_url} s3 cp cloudmask.tif s3://{buckets.incoming}/" in text
    assert f"s3://{buckets.published}/reports/categorical/S2/20181010/cloudmask.tif.json -" in text
