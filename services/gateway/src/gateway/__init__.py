"""REST in, gRPC out.

`prediction` is what the gateway does, without any HTTP; `pipeline` starts and follows training runs. The faces over
them are in `routes`, every error in `errors`, and the only place that turns one into HTTP is `problems`.
"""
