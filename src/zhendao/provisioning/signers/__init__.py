"""Where the authority's signing keys live: files, a TPM 2.0, or a device that somebody else brings (`interface`)."""
