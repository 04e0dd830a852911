"""What can go wrong in setting up: class = code, text = the value and the remedy."""


class InfraError(Exception):
    """A fault that its reader can mend; its text is one sentence."""


class DatabaseConflict(InfraError):
    """The database holds something that set-up would have to destroy."""


class StartFailed(InfraError):
    """A part of the local system did not start."""


class WorkerDied(InfraError):
    """A worker ended in the middle of a call."""


class WorkerTimedOut(InfraError):
    """A worker gave no answer in time."""


class FunctionError(InfraError):
    """The function raised an exception, or its result cannot be sent."""


class UnknownStage(InfraError):
    """zappa_settings.json has no such installation."""


class AwsUnavailable(InfraError):
    """AWS does not answer, or answers with an error."""


class NotAllowed(InfraError):
    """The operator's credentials lack a right."""


class StackMissing(InfraError):
    """The stack is not there, or not in working order."""


class StackFailed(InfraError):
    """The stack could not be created or updated."""


class UnknownParameter(InfraError):
    """The template has no such parameter."""


class OutputMissing(InfraError):
    """The stack was made from an older template."""


class CertificatesChanged(InfraError):
    """The certificate authorities of RDS are not those that we know."""


class PackageFailed(InfraError):
    """The package cannot be built."""


class PackageUnfit(InfraError):
    """The package is too large for Lambda, or lacks something."""


class MappingMissing(InfraError):
    """The queue does not feed the ingestion function."""


class NotDeployed(InfraError):
    """The function is not there."""


class StillDeployed(InfraError):
    """A function is still there."""


class NothingOlder(InfraError):
    """There is no package to roll back to."""


class CheckFailed(InfraError):
    """Something would keep a deployment from working."""


class SetUpFailed(InfraError):
    """The database could not be set up."""


class ProbeFailed(InfraError):
    """A raster did not find its way through the deployed system."""


class DataLost(InfraError):
    """A change of the stack would lose data."""
