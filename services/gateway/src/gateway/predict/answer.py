"""A prediction as it is sent."""

from contracts.api.predict import ClassConfidence, ModelInfo, Prediction, Timing
from contracts.decisions import NOTICE, RankedClass
from gateway.predict.service import Predicted


def prediction_answer(predicted: Predicted, *, top_k: int, upload_ms: float, request_id: str) -> Prediction:
    """A prediction as it is sent."""
    ranked = [_confidence(entry) for entry in predicted.answer.ranked[:top_k]]
    description, timing, heatmap = predicted.description, predicted.timing, predicted.served.heatmap
    return Prediction(
        prediction=ranked[0],
        top_k=ranked,
        decision=predicted.answer.decision,
        sentence=predicted.answer.sentence,
        support=round(predicted.served.support, 6),
        model=ModelInfo(
            name=description.name,
            version=description.version,
            channel=predicted.target.channel,
            dataset_id=description.dataset_id,
            trained_at=description.trained_at,
            synthetic=description.synthetic,
            notice=description.notice,
        ),
        heatmap=None if heatmap is None else heatmap.round(4).tolist(),
        timing_ms=Timing(
            upload=round(upload_ms, 2),
            queue=round(timing.queue_ms, 2),
            decode=round(timing.decode_ms, 2),
            model=round(timing.model_ms, 2),
            total=round(timing.total_ms, 2),
        ),
        prediction_id=predicted.id,
        request_id=request_id,
        notice=NOTICE,
    )


def _confidence(entry: RankedClass) -> ClassConfidence:
    probability = min(max(round(entry.probability, 6), 0.0), 1.0)  # float32 may sum to a hair over 1
    return ClassConfidence(label=entry.label, display_name=entry.display_name, confidence=probability)
