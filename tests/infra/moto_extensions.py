"""What our stack and Zappa need and moto 5.2 lacks; importing this adds it to moto.

- CloudFormation: `AWS::SecretsManager::Secret`, `AWS::RDS::DBCluster`, `AWS::RDS::DBProxy`,
  `AWS::RDS::DBInstance` in a cluster, `AWS::SQS::QueuePolicy`, `AWS::SNS::Subscription` and
  `AWS::CloudWatch::Alarm`. Each calls the moto service that would hold the thing. Of
  `AWS::CloudFront::Distribution` and its `CachePolicy` there are the names only.
- CloudFormation: policies of `AWS::IAM::Role` as JSON, not as Python writes a dictionary.
- CloudFormation: an end of `AWS::EC2::RouteTable`.
- CloudFormation: versions, notifications and public access of `AWS::S3::Bucket`, which is retained.
- S3: the event of an object's removal from a bucket with versions.
- CloudFormation: outputs after a change set was executed; an update changes parameters, conditions
  and outputs, but no resource.
- CloudFormation: `Fn::Cidr`, and `Fn::GetAtt` of an attribute with a dot in its name.
- IAM: the resource of calls to Secrets Manager and CloudWatch Logs; ARNs of log groups end in `:*`.
- Lambda: `ListFunctionUrlConfigs`, which `zappa update` calls; the answer is that there are none.
- Lambda: `GetAccountSettings`, with the quota of 1000 that older accounts have.
"""

import ipaddress
import json
import os
import secrets
from typing import Any
from urllib.parse import urlsplit

import moto.cloudformation.parsing
from moto.awslambda import urls as lambda_urls
from moto.cloudformation.models import ChangeSet
from moto.cloudwatch.models import (
    Dimension,
    Metric,
    MetricDataQuery,
    MetricStat,
    cloudwatch_backends,
)
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.iam.models import Role
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.rds.models import DBInstance, rds_backends
from moto.s3 import notifications
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends


class Resource:
    """What CloudFormation keeps of a resource: its Ref and its attributes.

    No model of moto's itself, for moto knows the direct subclasses of its base only.
    """

    def __init__(self, ref: str, **attributes: Any) -> None:
        self.ref, self.attributes = ref, attributes

    @property
    def physical_resource_id(self) -> str:
        return self.ref

    def get_cfn_attribute(self, name: str) -> Any:
        return self.attributes[name]

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> "Resource":
        return cls.create(resource_name, cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: "Resource", **_: Any) -> "Resource":
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any) -> None:
        pass

    def delete(self, *_: Any) -> None:
        pass

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> "Resource":
        raise NotImplementedError


class Secret(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SecretsManager::Secret"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        generate = properties["GenerateSecretString"]
        value = json.loads(generate["SecretStringTemplate"])
        value[generate["GenerateStringKey"]] = secrets.token_hex(
            int(generate["PasswordLength"]) // 2
        )
        return cls(put_secret(name, value, account, region))


def put_secret(name: str, value: dict[str, str], account: str, region: str) -> str:
    answer = secretsmanager_backends[account][region].create_secret(
        name=name,
        secret_string=json.dumps(value),
        secret_binary=None,
        description=None,
        tags=None,
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    return str(json.loads(answer)["ARN"])


class Cluster(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::RDS::DBCluster"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        name = name.lower()[:63].rstrip("-")  # as long as RDS has them
        scaling = properties["ServerlessV2ScalingConfiguration"]
        cluster = rds_backends[account][region].create_db_cluster(
            {
                "db_cluster_identifier": name,
                "engine": properties["Engine"],
                "engine_version": properties["EngineVersion"],
                "database_name": properties.get("DatabaseName"),
                "master_username": properties.get("MasterUsername", "restored"),
                "manage_master_user_password": True,
                "deletion_protection": properties["DeletionProtection"] in (True, "true"),
                "serverless_v2_scaling_configuration": scaling,
            }
        )
        host, admin = database(cluster.endpoint, cluster.master_username)
        return cls(
            name,
            **{
                "Endpoint.Address": host,
                "MasterUserSecret.SecretArn": put_secret(f"rds!{name}", admin, account, region),
            },
        )


def database(address: str, user: str) -> tuple[str, dict[str, str]]:
    """Address and administrator of a new cluster: those of DATABASE_URL where there is one."""
    if url := os.environ.get("DATABASE_URL"):
        real = urlsplit(url)
        return f"{real.hostname}:{real.port}", {
            "username": str(real.username),
            "password": str(real.password),
        }
    return address, {"username": user, "password": secrets.token_hex(16)}


class Proxy(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::RDS::DBProxy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        name = properties["DBProxyName"]
        return cls(name, Endpoint=f"{name}.proxy-x.{region}.rds.amazonaws.com")


class Distribution(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::Distribution"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        return cls(name, DomainName="d111111abcdef8.cloudfront.net")


class CachePolicy(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::CachePolicy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        return cls(name)


class Subscription(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SNS::Subscription"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        topic, protocol = properties["TopicArn"], properties["Protocol"]
        made = sns_backends[account][region].subscribe(topic, properties["Endpoint"], protocol)
        return cls(made.arn)


class QueuePolicy(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SQS::QueuePolicy"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        policy = json.dumps(properties["PolicyDocument"])
        for url in properties["Queues"]:
            queue = url.rsplit("/", 1)[-1]
            sqs_backends[account][region].set_queue_attributes(queue, {"Policy": policy})
        return cls(name)


class Alarm(Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        cloudwatch_backends[account][region].put_metric_alarm(
            name=name,
            description=properties["AlarmDescription"],
            namespace=properties.get("Namespace"),
            metric_name=properties.get("MetricName"),
            metric_data_queries=[query(one) for one in properties.get("Metrics", ())],
            dimensions=[
                {"Name": one["Name"], "Value": one["Value"]}
                for one in properties.get("Dimensions", ())
            ],
            statistic=properties.get("Statistic"),
            extended_statistic=properties.get("ExtendedStatistic"),
            period=int(properties.get("Period", 0)) or None,
            evaluation_periods=int(properties["EvaluationPeriods"]),
            comparison_operator=properties["ComparisonOperator"],
            threshold=float(properties["Threshold"]),
            treat_missing_data=properties["TreatMissingData"],
            alarm_actions=properties["AlarmActions"],
            ok_actions=properties["OKActions"],
        )
        return cls(name)


def query(properties: dict[str, Any]) -> MetricDataQuery:
    """One of the metrics that an alarm computes with, or the computation."""
    stat = None
    if "MetricStat" in properties:
        given = properties["MetricStat"]
        metric = given["Metric"]
        dimensions = [Dimension(one["Name"], one["Value"]) for one in metric["Dimensions"]]
        stat = MetricStat(
            Metric(metric["MetricName"], metric["Namespace"], dimensions),
            given["Period"],
            given["Stat"],
            None,
        )
    expression = properties.get("Expression")
    return MetricDataQuery(
        properties["Id"], None, None, properties.get("ReturnData"), expression, stat
    )


def create_bucket(
    name: str, template: dict[str, Any], account_id: str, region_name: str, **_: Any
) -> FakeBucket:
    bucket = moto_create_bucket(name, template, account_id, region_name)
    backend, properties = s3_backends[account_id]["aws"], template["Properties"]
    backend.put_bucket_versioning(name, properties["VersioningConfiguration"]["Status"])
    backend.put_public_access_block(
        name,
        {
            key: str(value).lower()
            for key, value in properties["PublicAccessBlockConfiguration"].items()
        },
    )
    if "NotificationConfiguration" in properties:
        queues = properties["NotificationConfiguration"]["QueueConfigurations"]
        backend.put_bucket_notification_configuration(
            name,
            {
                "QueueConfiguration": [
                    {"Id": each["Event"], "Queue": each["Queue"], "Event": [each["Event"]]}
                    for each in queues
                ]
            },
        )
    return bucket


def retain_bucket(*_: Any) -> None:
    """RetainExceptOnCreate, which all our buckets have."""


moto_create_bucket = FakeBucket.create_from_cloudformation_json
FakeBucket.create_from_cloudformation_json = staticmethod(create_bucket)  # type: ignore
FakeBucket.delete_from_cloudformation_json = staticmethod(retain_bucket)  # type: ignore


def delete_object(
    self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None, **more: Any
) -> Any:
    bucket = self.get_bucket(bucket_name)
    removed = bucket.keys.get(key_name)
    done = moto_delete_object(self, bucket_name, key_name, version_id, **more)
    if bucket.is_versioned and removed and version_id is None:
        event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
        notifications.send_event(self.account_id, event, bucket, removed)
    return done


moto_delete_object = S3Backend.delete_object
S3Backend.delete_object = delete_object  # type: ignore[method-assign]


def delete_route_table(name: str, _: Any, account: str, region: str) -> None:
    """With its associations, so that the VPC can go."""
    ec2_backends[account][region].route_tables.pop(name)


RouteTable.delete_from_cloudformation_json = staticmethod(delete_route_table)  # type: ignore


def put_policy(self: Role, policy_name: str, policy_json: Any) -> None:
    document = policy_json if isinstance(policy_json, str) else json.dumps(policy_json)
    moto_put_policy(self, policy_name, document)


moto_put_policy = Role.put_policy
Role.put_policy = put_policy  # type: ignore[method-assign]


class Instance(Resource, CloudFormationModel):
    """Also an instance of a cluster, which moto's own model does not know."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::RDS::DBInstance"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], account: str, region: str) -> Resource:
        name = name.lower()[:63].rstrip("-")  # as long as RDS has them
        if "DBClusterIdentifier" in properties:
            return cls(name)
        instance = rds_backends[account][region].create_db_instance(
            {
                "db_instance_identifier": name,
                "db_instance_class": properties["DBInstanceClass"],
                "engine": properties["Engine"],
                "engine_version": properties["EngineVersion"],
                "db_name": properties.get("DBName"),
                "master_username": properties.get("MasterUsername", "restored"),
                "manage_master_user_password": True,
                "deletion_protection": properties["DeletionProtection"] in (True, "true"),
                "allocated_storage": int(properties["AllocatedStorage"]),
            }
        )
        admin = {"username": instance.master_username, "password": secrets.token_hex(16)}
        return cls(
            name,
            **{
                "Endpoint.Address": instance.address,
                "MasterUserSecret.SecretArn": put_secret(f"rds!{name}", admin, account, region),
            },
        )


DBInstance.cloudformation_type = staticmethod(lambda: "superseded")  # type: ignore[method-assign]


def no_function_urls(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    return 200, {}, json.dumps({"FunctionUrlConfigs": []})


def account_settings(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    return 200, {}, json.dumps({"AccountLimit": {"ConcurrentExecutions": 1000}})


lambda_urls.url_paths[r"{0}/(?P<api_version>[^/]+)/account-settings/?$"] = account_settings
lambda_urls.url_paths[
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls/?$"
] = no_function_urls


def log_group_attribute(self: LogGroup, name: str) -> Any:
    value = moto_log_group_attribute(self, name)
    return f"{value}:*" if name == "Arn" else value


moto_log_group_attribute = LogGroup.get_cfn_attribute
LogGroup.get_cfn_attribute = log_group_attribute  # type: ignore[method-assign]


def secret_of(self: SecretsManagerResponse) -> str:
    return str(self._get_param("SecretId") or "*")


def log_stream_of(self: LogsResponse) -> str:
    group, stream = self._get_param("logGroupName"), self._get_param("logStreamName")
    return (
        f"arn:aws:logs:{self.region}:{self.current_account}:log-group:{group}:log-stream:{stream}"
    )


SecretsManagerResponse._determine_resource = secret_of
LogsResponse._determine_resource = log_stream_of


def clean_json(template: Any, resources: Any) -> Any:
    if isinstance(template, dict) and "Fn::Cidr" in template:
        block, count, bits = moto_clean_json(template["Fn::Cidr"], resources)
        subnets = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
        return [str(next(subnets)) for _ in range(int(count))]
    if isinstance(template, dict) and len(template.get("Fn::GetAtt", ())) > 2:
        resource, *attribute = template["Fn::GetAtt"]
        template = {"Fn::GetAtt": [resource, ".".join(attribute)]}
    return moto_clean_json(template, resources)


moto_clean_json = moto.cloudformation.parsing.clean_json
moto.cloudformation.parsing.clean_json = clean_json


def apply(self: ChangeSet) -> None:
    if self.change_set_type == "CREATE":
        moto_apply(self)
    else:
        resources = self.stack.resource_map
        resources.input_parameters = self.parameters
        resources.load_parameters()
        resources.load_conditions()
    self.stack.template = self.template
    self.stack._parse_template()
    self.stack.parameters = self.parameters
    self.stack.output_map = self.stack._create_output_map()


moto_apply = ChangeSet.apply
ChangeSet.apply = apply  # type: ignore[method-assign]
