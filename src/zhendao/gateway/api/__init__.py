"""The HTTP interface (接口): facts and conclusions for those who may see them, health, and meters."""
