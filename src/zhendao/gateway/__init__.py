"""The gateway (网关): verifies facts, concludes visits, feeds the platform: ``zhendao-gateway``."""
