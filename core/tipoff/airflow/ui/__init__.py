"""The page in Airflow's UI: an Airflow plugin, and the application that answers it."""
