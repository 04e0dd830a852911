"""What Lambda gets: a folder of site-packages for its Python and processor, zipped by Zappa.

Zappa zips whatever its virtual environment holds and takes its wheels for the machine it runs on.
So the environment that it is shown is one of our making, with the wheels of Lambda's machine.
"""
