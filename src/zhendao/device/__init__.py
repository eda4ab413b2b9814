"""The agent on the terminal in the elder's home (终端): ``zhendao-device``."""
