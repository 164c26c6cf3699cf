//! The tables as diesel sees them. Same names and columns on both databases; a test compares them.

diesel::table! {
    tenants (id) {
        id -> Text,
        name -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        tenant_id -> Text,
        email -> Text,
        email_key -> Text,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        tenant_id -> Text,
        user_id -> Text,
        token_hash -> Text,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        prefix -> Text,
        token_hash -> Text,
        scopes -> Text,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        sort_key -> Text,
        email -> Text,
        email_key -> Text,
        google_account_email -> Nullable<Text>,
        time_zone -> Text,
        notes -> Nullable<Text>,
        archived_at -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        conflict_policy -> Text,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> Text,
        tenant_id -> Text,
        body_hash -> Text,
        status -> Nullable<BigInt>,
        answer -> Nullable<Text>,
        locked_until -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    job_leases (name) {
        name -> Text,
        holder -> Text,
        locked_until -> BigInt,
        next_run_at -> BigInt,
    }
}

diesel::table! {
    credentials (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        provider -> Text,
        label -> Nullable<Text>,
        oauth_client_id -> Nullable<Text>,
        oauth_client_secret_sealed -> Nullable<Text>,
        scopes_requested -> Text,
        scopes_granted -> Text,
        server_url -> Nullable<Text>,
        username -> Nullable<Text>,
        password_sealed -> Nullable<Text>,
        discovered -> Nullable<Text>,
        access_token_sealed -> Nullable<Text>,
        refresh_token_sealed -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        refresh_expires_at -> Nullable<BigInt>,
        account_id -> Nullable<Text>,
        account_email -> Nullable<Text>,
        authorized_at -> Nullable<BigInt>,
        validated_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        refusals -> Integer,
        failing -> Bool,
        last_error_code -> Nullable<Text>,
        last_error_detail -> Nullable<Text>,
        last_error_at -> Nullable<BigInt>,
        refresh_lease -> Nullable<Text>,
        refresh_lease_until -> Nullable<BigInt>,
        token_version -> BigInt,
        calendars_as_of -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    oauth_states (id) {
        id -> Text,
        tenant_id -> Text,
        credential_id -> Text,
        session_id -> Nullable<Text>,
        verifier_sealed -> Text,
        redirect_uri -> Text,
        return_to -> Nullable<Text>,
        expires_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    calendars (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        credential_id -> Text,
        provider -> Text,
        remote_id -> Text,
        name -> Text,
        description -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        remote_colour -> Nullable<Text>,
        colour -> Nullable<Text>,
        access_role -> Text,
        is_primary -> Bool,
        selected -> Bool,
        blocks_availability -> Bool,
        receives_bookings -> Bool,
        removed_at -> Nullable<BigInt>,
        cursor -> Nullable<Text>,
        round -> BigInt,
        full_round -> Bool,
        as_of -> Nullable<BigInt>,
        attempted_at -> Nullable<BigInt>,
        next_pull_at -> Nullable<BigInt>,
        last_error_code -> Nullable<Text>,
        last_error_detail -> Nullable<Text>,
        last_error_at -> Nullable<BigInt>,
        consecutive_failures -> Integer,
        lease -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    events (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        calendar_id -> Text,
        provider -> Text,
        remote_id -> Text,
        ical_uid -> Text,
        etag -> Nullable<Text>,
        series_id -> Nullable<Text>,
        series_remote_id -> Nullable<Text>,
        original_key -> Nullable<Text>,
        original_start -> Nullable<Text>,
        starts_at -> BigInt,
        ends_at -> BigInt,
        is_recurring -> Bool,
        status -> Text,
        search_text -> Text,
        external_id -> Nullable<Text>,
        content -> Text,
        html_link -> Nullable<Text>,
        remote_created_at -> Nullable<BigInt>,
        remote_updated_at -> Nullable<BigInt>,
        round -> BigInt,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        raw -> Text,
    }
}

diesel::table! {
    malformed_events (calendar_id, remote_id) {
        calendar_id -> Text,
        remote_id -> Text,
        tenant_id -> Text,
        reason -> Text,
        raw -> Text,
        round -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        calendar_id -> Text,
        event_id -> Text,
        group_id -> Text,
        seq -> BigInt,
        priority -> Integer,
        action -> Text,
        create_key -> Nullable<Text>,
        base -> Nullable<Text>,
        sent -> Nullable<Text>,
        notify -> Text,
        state -> Text,
        version -> BigInt,
        attempts -> Integer,
        error_code -> Nullable<Text>,
        error_detail -> Nullable<Text>,
        error_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    lanes (calendar_id) {
        calendar_id -> Text,
        tenant_id -> Text,
        next_seq -> BigInt,
        priority -> Integer,
        due_at -> Nullable<BigInt>,
        lease -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    conflicts (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        calendar_id -> Text,
        event_id -> Text,
        kind -> Text,
        fields -> Text,
        base -> Text,
        ours -> Nullable<Text>,
        theirs -> Nullable<Text>,
        state -> Text,
        resolution -> Nullable<Text>,
        resolved_by -> Nullable<Text>,
        created_at -> BigInt,
        resolved_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    deletion_guards (calendar_id) {
        calendar_id -> Text,
        tenant_id -> Text,
        vanishing -> BigInt,
        held -> BigInt,
        seen_at -> BigInt,
        accepted_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    channels (id) {
        id -> Text,
        tenant_id -> Text,
        credential_id -> Text,
        calendar_id -> Text,
        resource_id -> Nullable<Text>,
        token_hash -> Text,
        address -> Text,
        state -> Text,
        detail -> Nullable<Text>,
        expires_at -> BigInt,
        due_at -> BigInt,
        last_message_at -> Nullable<BigInt>,
        last_number -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    calendar_activity (calendar_id) {
        calendar_id -> Text,
        tenant_id -> Text,
        viewed_at -> Nullable<BigInt>,
        changed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    usage_hours (credential_id, hour) {
        credential_id -> Text,
        hour -> BigInt,
        tenant_id -> Text,
        reads -> BigInt,
        writes -> BigInt,
        failed -> BigInt,
    }
}

diesel::table! {
    write_pauses (credential_id) {
        credential_id -> Text,
        tenant_id -> Text,
        until -> BigInt,
        times -> BigInt,
        detail -> Text,
    }
}

diesel::table! {
    change_counters (tenant_id) {
        tenant_id -> Text,
        last_seq -> BigInt,
    }
}

diesel::table! {
    changes (tenant_id, seq) {
        tenant_id -> Text,
        seq -> BigInt,
        kind -> Text,
        id -> Text,
        calendar_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        action -> Text,
        origin -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    sync_log (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        calendar_id -> Text,
        event_id -> Nullable<Text>,
        provider -> Text,
        direction -> Text,
        action -> Text,
        outcome -> Text,
        code -> Nullable<Text>,
        detail -> Nullable<Text>,
        attempts -> Integer,
        took_ms -> BigInt,
        lag_ms -> Nullable<BigInt>,
        at -> BigInt,
    }
}

diesel::table! {
    sync_quiet (tenant_id, client_id, provider, hour) {
        tenant_id -> Text,
        client_id -> Text,
        provider -> Text,
        hour -> BigInt,
        pulls -> BigInt,
    }
}

diesel::table! {
    busy (event_id, key) {
        event_id -> Text,
        key -> Text,
        tenant_id -> Text,
        calendar_id -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        is_long -> Bool,
        all_day -> Bool,
        kind -> Text,
        transparency -> Text,
        status -> Text,
        response -> Nullable<Text>,
    }
}

diesel::table! {
    busy_horizons (calendar_id) {
        calendar_id -> Text,
        tenant_id -> Text,
        zone -> Text,
        goal -> BigInt,
        reached -> BigInt,
    }
}

diesel::table! {
    busy_overflows (event_id) {
        event_id -> Text,
        tenant_id -> Text,
        calendar_id -> Text,
        reason -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    reconciliations (calendar_id) {
        calendar_id -> Text,
        tenant_id -> Text,
        compared_at -> Nullable<BigInt>,
        compared -> BigInt,
        differences -> BigInt,
        due_at -> BigInt,
    }
}

diesel::table! {
    churn (event_id) {
        event_id -> Text,
        tenant_id -> Text,
        written -> Text,
        flips -> Integer,
        since -> BigInt,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(calendars -> credentials (credential_id));
diesel::joinable!(events -> calendars (calendar_id));
diesel::joinable!(channels -> calendars (calendar_id));
diesel::joinable!(busy_horizons -> calendars (calendar_id));
diesel::joinable!(reconciliations -> calendars (calendar_id));
diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    users,
    sessions,
    api_keys,
    clients,
    credentials,
    calendars,
    events,
    outbox,
    lanes,
    channels,
    busy_horizons,
    reconciliations
);
