"""Test mails every night by Airflow: the notebook test-run.ipynb, executed by the PapermillOperator.

Needs apache-airflow-providers-papermill and sesutil[all] where the task runs, and the Airflow variable
`mail_project`: the absolute path of a project's folder. Airflow starts the kernel in a folder of its own, so
that every path is absolute. Whom to sign as comes from that machine's AWS configuration (here the profile
`mail`), never from a parameter: Airflow shows them, and papermill stores them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.sdk import DAG

PROJECT = "{{ var.value.mail_project }}"
RUN = PROJECT + "/runs/{{ dag_run.run_after | ts_nodash }}-airflow"

with DAG(
    dag_id="test_mails",
    schedule="17 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # nights that are over want no mails any more
    max_active_runs=1,
):
    PapermillOperator(
        task_id="test_run",
        input_nb=PROJECT + "/notebooks/test-run.ipynb",  # `sesutil lab` puts it there
        output_nb=RUN + ".ipynb",
        kernel_name="python3",
        # A second try would send every mail again. The journal is there to go on by hand instead:
        # sesutil test-run --resume
        retries=0,
        execution_timeout=timedelta(minutes=30),
        parameters={
            "name": "airflow",
            "config_path": PROJECT + "/connector.json",
            "practice": False,
            "profile": "mail",
            "signer": "account",
            "usage_types": ["SignIn", "Register", "ForgotPassword"],
            "languages": ["all"],
            "recipients": ["success@simulator.amazonses.com"],
            "scenarios": ["bounce"],
            "quota_reserve": 1000,
            "results_path": RUN + ".results.json",
            "junit_path": RUN + ".junit.xml",
            "report_path": RUN + ".report.html",
            "journal_path": RUN + ".journal.jsonl",
        },
    )
