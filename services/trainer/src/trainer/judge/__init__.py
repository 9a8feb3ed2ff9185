"""The step `evaluate`: a run → exported files, their measures, the gate's decision, a candidate version.

Start in `evaluate`. `metrics`, `calibration` and `gate` are pure; nothing but the command line imports the rest.
"""
