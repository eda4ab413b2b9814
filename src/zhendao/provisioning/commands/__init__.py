"""The sub-commands of `zhendao-provision`, one module for each group; `cli` names them in one list."""
