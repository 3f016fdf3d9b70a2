DROP TABLE webhooks_not_understood;
