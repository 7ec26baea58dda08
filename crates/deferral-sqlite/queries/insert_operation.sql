-- insert_operation: what is filtered stands beside the document.
INSERT INTO operations (id, tenant, kind, correlation, status, stage, version, attention,
    gate_expires_at, expires_at, document)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
