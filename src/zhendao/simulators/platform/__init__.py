"""The central platform as gateways meet it: a real HTTP server that takes records once, and fails as real ones do."""
