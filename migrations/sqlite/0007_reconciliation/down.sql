DROP TABLE churn;
DROP TABLE reconciliations;
