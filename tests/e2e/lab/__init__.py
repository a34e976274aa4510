"""What the end-to-end tests stand on: the shipped programs, a container engine and Caddy as real
processes, asked from outside. Nothing here reads KuberLogic's own database."""
