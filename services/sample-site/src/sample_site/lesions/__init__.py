"""What each class looks like."""

DRAWN_CLASSES = (
    "acne-open-comedo",
    "acne-closed-comedo",
    "acne-pustular",
    "acne-cystic",
    "rosacea",
    "rosacea-nose",
    "perioral-dermatitis",
    "hidradenitis-suppurativa",
    "milia",
)
