"""What puts both functions to work: in AWS (Zappa, CloudFormation) and on one machine."""
