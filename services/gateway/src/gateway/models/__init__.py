"""`/v1/models`: versions, channels and the candidate's share of the traffic.

`routes` is the HTTP side, `catalogue` reads what was published, `promotion` moves channels by the rules of
`contracts.models.promotion`, and `traffic` decides for each photo. `datasets`, `feedback` and `drift` import
`catalogue`, `predict` imports `traffic`.
"""
