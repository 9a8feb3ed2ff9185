"""The web page. `app` is the page itself; `cli` starts it. It talks to the gateway only, through `acneflow_client`."""
