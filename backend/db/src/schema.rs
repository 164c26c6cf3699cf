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
        revision -> BigInt,
        deactivated_at -> Nullable<BigInt>,
        invitation_hash -> Nullable<Text>,
        invited_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    user_client_access (user_id, client_id) {
        tenant_id -> Text,
        user_id -> Text,
        client_id -> Text,
        level -> Integer,
        staff_id -> Nullable<Text>,
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
        staff_id -> Nullable<Text>,
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
        busy_rules -> Nullable<Text>,
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
    unheard_events (calendar_id, remote_id) {
        calendar_id -> Text,
        remote_id -> Text,
        tenant_id -> Text,
        written_at -> BigInt,
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
    kept_changes (tenant_id, seq) {
        tenant_id -> Text,
        seq -> BigInt,
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

diesel::table! {
    services (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        name -> Text,
        sort_key -> Text,
        description -> Nullable<Text>,
        location -> Nullable<Text>,
        price_text -> Nullable<Text>,
        colour -> Nullable<Text>,
        duration_minutes -> Integer,
        before_minutes -> Integer,
        after_minutes -> Integer,
        capacity -> Integer,
        notice_minutes -> Integer,
        horizon_days -> Integer,
        daily_limit -> Nullable<Integer>,
        step_minutes -> Integer,
        assignment -> Text,
        variants -> Text,
        is_public -> Bool,
        archived_at -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    staff (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        name -> Text,
        sort_key -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        colour -> Nullable<Text>,
        time_zone -> Text,
        hours -> Text,
        target_calendar_id -> Nullable<Text>,
        archived_at -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    staff_calendars (staff_id, calendar_id) {
        staff_id -> Text,
        calendar_id -> Text,
        tenant_id -> Text,
        blocks -> Bool,
        receives -> Bool,
    }
}

diesel::table! {
    service_staff (service_id, staff_id) {
        service_id -> Text,
        staff_id -> Text,
        tenant_id -> Text,
        position -> Integer,
    }
}

diesel::table! {
    closures (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        name -> Text,
        first_day -> Nullable<Text>,
        last_day -> Nullable<Text>,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        sort_from -> BigInt,
        sort_to -> BigInt,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    customers (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        name -> Text,
        sort_key -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_key -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        notes -> Nullable<Text>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    booking_policies (client_id) {
        client_id -> Text,
        tenant_id -> Text,
        confirmation -> Text,
        hold_minutes -> Integer,
        cancel_notice_minutes -> Integer,
        reschedule_notice_minutes -> Integer,
        on_unknown -> Text,
        max_staleness_s -> Nullable<Integer>,
        live_check_ms -> Integer,
        on_move -> Text,
        on_delete -> Text,
        on_text -> Text,
        reminders -> Text,
        slug -> Nullable<Text>,
        is_embeddable -> Bool,
        shows_staff -> Bool,
        email_customers -> Bool,
        text_customers -> Bool,
        revision -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    bookings (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        service_id -> Text,
        variant -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        status -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        is_flagged -> Bool,
        notes_shared -> Nullable<Text>,
        notes_private -> Nullable<Text>,
        price_text -> Nullable<Text>,
        origin -> Text,
        external_id -> Nullable<Text>,
        series_id -> Nullable<Text>,
        calendar_event_id -> Nullable<Text>,
        receipt -> Text,
        cancelled_at -> Nullable<BigInt>,
        cancel_reason -> Nullable<Text>,
        link_hash -> Nullable<Text>,
        link_sealed -> Nullable<Text>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        look_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    booking_seats (booking_id, staff_id) {
        booking_id -> Text,
        staff_id -> Text,
        tenant_id -> Text,
        service_id -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        occupied_from -> BigInt,
        occupied_to -> BigInt,
        session_key -> Text,
        seat -> Integer,
        seats -> Integer,
        stands -> Bool,
    }
}

diesel::table! {
    booking_copies (event_id) {
        event_id -> Text,
        booking_id -> Text,
        staff_id -> Text,
        calendar_id -> Text,
        tenant_id -> Text,
        created_at -> BigInt,
        removed_at -> Nullable<BigInt>,
        look_at -> Nullable<BigInt>,
        said -> Nullable<Text>,
    }
}

diesel::table! {
    booking_history (id) {
        id -> Text,
        booking_id -> Text,
        tenant_id -> Text,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        detail -> Nullable<Text>,
        before -> Nullable<Text>,
    }
}

diesel::table! {
    booking_imports (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        actor -> Text,
        writes_past -> Bool,
        total -> Integer,
        created -> Integer,
        known -> Integer,
        failed -> Integer,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    booking_import_rows (import_id, number) {
        import_id -> Text,
        number -> Integer,
        tenant_id -> Text,
        content -> Text,
        outcome -> Nullable<Text>,
        detail -> Nullable<Text>,
        booking_id -> Nullable<Text>,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        tenant_id -> Text,
        client_id -> Text,
        booking_id -> Nullable<Text>,
        channel -> Text,
        kind -> Text,
        recipient -> Text,
        due_at -> BigInt,
        state -> Text,
        attempts -> Integer,
        leased_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        once_key -> Text,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
        about_start -> Nullable<BigInt>,
        detail -> Nullable<Text>,
        credential_id -> Nullable<Text>,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        kind -> Text,
        size -> BigInt,
        state -> Text,
        header -> Nullable<Text>,
        layout -> Nullable<Text>,
        operation_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    import_chunks (import_id, seq) {
        import_id -> Text,
        seq -> BigInt,
        data -> Binary,
    }
}

diesel::table! {
    import_layouts (tenant_id, header) {
        tenant_id -> Text,
        header -> Text,
        layout -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    operations (id) {
        id -> Text,
        tenant_id -> Text,
        kind -> Text,
        title -> Text,
        state -> Text,
        source -> Text,
        notify -> Text,
        allow_duplicates -> Bool,
        total -> BigInt,
        done -> BigInt,
        failed -> BigInt,
        skipped -> BigInt,
        written -> BigInt,
        summary -> Nullable<Text>,
        progress -> Nullable<Text>,
        percent -> Integer,
        error_code -> Nullable<Text>,
        error_detail -> Nullable<Text>,
        undo_of -> Nullable<Text>,
        undone_by -> Nullable<Text>,
        created_by -> Text,
        log -> Text,
        turn -> BigInt,
        lease -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        created_at -> BigInt,
        planned_at -> Nullable<BigInt>,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        tries -> Integer,
    }
}

diesel::table! {
    operation_items (operation_id, seq) {
        operation_id -> Text,
        seq -> BigInt,
        tenant_id -> Text,
        line -> BigInt,
        outcome -> Text,
        state -> Text,
        calendar_id -> Nullable<Text>,
        event_id -> Nullable<Text>,
        watch -> Nullable<Text>,
        body -> Text,
        error_code -> Nullable<Text>,
        error_detail -> Nullable<Text>,
        written_at -> Nullable<BigInt>,
        clashes -> Nullable<Text>,
        from_calendar -> Nullable<Text>,
    }
}

diesel::table! {
    templates (id) {
        id -> Text,
        tenant_id -> Text,
        name -> Text,
        revision -> BigInt,
        body -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    template_versions (template_id, revision) {
        template_id -> Text,
        revision -> BigInt,
        tenant_id -> Text,
        body -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::joinable!(import_chunks -> imports (import_id));
diesel::joinable!(operation_items -> operations (operation_id));
diesel::joinable!(template_versions -> templates (template_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(user_client_access -> clients (client_id));
diesel::joinable!(user_client_access -> staff (staff_id));
diesel::joinable!(calendars -> credentials (credential_id));
diesel::joinable!(events -> calendars (calendar_id));
diesel::joinable!(channels -> calendars (calendar_id));
diesel::joinable!(busy_horizons -> calendars (calendar_id));
diesel::joinable!(reconciliations -> calendars (calendar_id));
diesel::joinable!(staff_calendars -> calendars (calendar_id));
diesel::joinable!(staff_calendars -> staff (staff_id));
diesel::joinable!(service_staff -> services (service_id));
diesel::joinable!(service_staff -> staff (staff_id));
diesel::joinable!(bookings -> services (service_id));
diesel::joinable!(bookings -> customers (customer_id));
diesel::joinable!(booking_seats -> bookings (booking_id));
diesel::joinable!(booking_copies -> bookings (booking_id));
diesel::joinable!(booking_history -> bookings (booking_id));
diesel::joinable!(messages -> bookings (booking_id));
diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    users,
    user_client_access,
    sessions,
    api_keys,
    clients,
    credentials,
    calendars,
    events,
    outbox,
    lanes,
    channels,
    busy,
    busy_horizons,
    reconciliations,
    services,
    staff,
    staff_calendars,
    service_staff,
    closures,
    customers,
    booking_policies,
    bookings,
    booking_seats,
    booking_copies,
    booking_history,
    messages,
    imports,
    import_chunks,
    operations,
    operation_items,
    templates,
    template_versions
);
