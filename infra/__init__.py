"""What puts the two functions to work: in AWS (Zappa, CloudFormation) and on one machine (``infra.local``)."""
