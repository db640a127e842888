"""The data sets of tables that recipes name, each loaded by a module of this package.

To add one: an entry below, and a module with a function `load` that takes the `data` section of a
recipe and returns the task's data set.
"""

from __future__ import annotations

from training.contract.dataset import DatasetInfo

DATASETS = {
    "diabetes": DatasetInfo(
        description="442 patients, 10 columns; a measure of the disease a year later, a number",
        licence="none stated; its home asks to cite Efron et al. 2004",
        home="www4.stat.ncsu.edu/~boos/var.select/diabetes.html, as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "breast-cancer": DatasetInfo(
        description="569 tumours, 30 measures of their cells; malignant or benign",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository (Diagnostic), as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "wine": DatasetInfo(
        description="178 wines, 13 chemical measures; which of three growers made it",
        licence="CC BY 4.0",
        home="UCI Machine Learning Repository, as shipped by scikit-learn",
        module="sklearn_tables",
        offline=True,
    ),
    "csv": DatasetInfo(
        description="your own table: a CSV or TSV file, maybe gzipped; a class or a number",
        licence="that of your table",
        home="own table",
        module="csv_file",
        offline=True,
    ),
}
