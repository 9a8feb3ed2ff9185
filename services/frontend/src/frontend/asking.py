"""Asks the gateway about a photo and sorts what comes back into the states that the page can show."""

from dataclasses import dataclass

from acneflow_client import (
    Client,
    ClientError,
    GatewayUnreachableError,
    ImageRefusedError,
    Prediction,
    TemporarilyUnavailableError,
)

TOP_K = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """The model answered."""

    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Refused:
    """The photo can't be used."""

    detail: str
    advice: str


@dataclass(frozen=True, slots=True)
class Away:
    """Nobody can answer now; asking again later may help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong that waiting won't mend."""

    reason: str


Outcome = Answered | Refused | Away | Fault


def ask(client: Client, photo: bytes) -> Outcome:
    """Ask about one photo; never raises for anything that the gateway says or fails to say."""
    try:
        return Answered(client.predict(photo, top_k=TOP_K, explain=True))
    except ImageRefusedError as refused:
        return Refused(refused.problem.detail, refused.problem.advice)
    except TemporarilyUnavailableError as unavailable:
        return Away(unavailable.problem.detail)
    except GatewayUnreachableError:
        return Away("The gateway doesn't answer.")
    except ClientError as error:
        return Fault(str(error))
