# frozen_string_literal: true

require "mail_room"

module MailRoom
  # The settings of a mailbox. The order is part of the interface (a Struct has positions): old fields
  # first, then those of later gitlab-mail_room versions, then our own.
  MAILBOX_FIELDS = %i[
    email password host port ssl start_tls limit_max_unread idle_timeout search_command name
    delete_after_delivery expunge_deleted delivery_klass delivery_method log_path delivery_url
    delivery_token content_type location delivery_options arbitration_method arbitration_options logger
    inbox_method inbox_options
    auth_method connect_timeout tls_timeout greeting_timeout command_timeout literal_timeout done_timeout
    delivery_timeout max_message_size
    delivery_username delivery_password delivery_concurrency
    max_attempts quarantine_mailbox
    incoming_email filter first_run_limit
    oauth2
    password_file
  ].freeze

  # One inbox and where its messages go: the settings as they were written. What they mean is decided
  # once, in the native part.
  #
  # Settings of this gem alone: `auth_method` (`login`, `plain` or `scram-sha-256`, and `xoauth2` or `oauthbearer`
  # with `oauth2`; left out, what the server offers decides); `connect_timeout`, `tls_timeout`,
  # `greeting_timeout`, `command_timeout`, `literal_timeout`, `done_timeout` and `delivery_timeout` in
  # seconds; `max_message_size` in bytes; `delivery_concurrency`, how many messages are delivered at the
  # same time; `max_attempts`, after how many failures a message is quarantined; `quarantine_mailbox`, where it
  # is moved to then. Left out, each has the default of the native part.
  #
  # What GitLab will do with a message is looked at only where one of these is set. The bytes that are delivered
  # are the same either way.
  #
  # * `incoming_email`, a mapping with the `address` of GitLab's configuration (`incoming+%{key}@example.com`), its
  #   `host` and, where the delivery does not tell it, `mailbox_type` (`incoming_email` or `service_desk_email`):
  #   the log line of each delivery has `mail_key`, `header` and `handler` besides. A key may hold the author's
  #   token for incoming mail, as it does in GitLab's own log.
  # * `filter`, a mapping with `bounces` (delivery status notifications, RFC 3464), `auto_generated` (what GitLab
  #   rejects as an auto-reply) and `unmatched` (what none of GitLab's handlers takes, which needs
  #   `incoming_email`), each `deliver`, `skip` or `quarantine`. The first in this order that applies and is not
  #   `deliver` holds. A message that is skipped is marked as read, and never deleted. What cannot be read is
  #   delivered. The custom addresses of GitLab's Service Desk are known to its database alone: where there are
  #   any, `unmatched` must stay `deliver`.
  # * `first_run_limit`, a number of messages: while the first list of a process is longer, nothing is delivered
  #   or marked, and the log says so. 0 is no limit. `search_command` says what is listed.
  #
  # `oauth2`, a mapping, says where access tokens come from that stand in for `password`: from a token endpoint
  # (`preset`, which is `microsoft365` or `google`, or `token_url`; `client_id`, `client_secret` or
  # `client_certificate_path`, `tenant_id`, `scope`, `refresh_token`, and `grant`, which is `client_credentials` or
  # `refresh_token`), from the output of `token_command`, or from `token_file`. `host` may be left out with a `preset`.
  #
  # `password_file` names a file that stands in for `password`. It is read for each login; one newline at its end is
  # dropped.
  #
  # A class of its own and no block of `Struct.new`: methods of a block would redefine those of the
  # members.
  class Mailbox < Struct.new(*MAILBOX_FIELDS) # rubocop:disable Style/StructInheritance
    autoload :LogPath, "mail_room/mailbox/log_path"
    autoload :LogFiles, "mail_room/mailbox/log_files"
    autoload :Settings, "mail_room/mailbox/settings"
    autoload :UnknownKeys, "mail_room/mailbox/unknown_keys"
    autoload :Validation, "mail_room/mailbox/validation"

    include Redaction::Inspect
    include MailboxIdentity

    # Seconds. RFC 2177: re-issue IDLE at least every 29 minutes, since servers may end a connection
    # that was silent for 30.
    IMAP_IDLE_TIMEOUT = 29 * 60

    # Settings without which there is nothing to watch on an IMAP server; with `oauth2` or `password_file`
    # there is no `password`.
    REQUIRED_CONFIGURATION = %i[name email password host port].freeze

    # What holds for a setting that was left out.
    DEFAULTS = {
      search_command: "UNSEEN",
      delivery_method: "postback",
      host: "imap.gmail.com",
      port: 993,
      ssl: true,
      start_tls: false,
      limit_max_unread: 0,
      idle_timeout: IMAP_IDLE_TIMEOUT,
      delete_after_delivery: false,
      expunge_deleted: false,
      delivery_options: {}.freeze,
      arbitration_method: "noop",
      arbitration_options: {}.freeze,
      logger: {}.freeze,
      inbox_method: "imap",
      inbox_options: {}.freeze
    }.freeze

    # Whose mailboxes the presets of `oauth2` are about, unless `host` says so.
    PRESET_HOSTS = { "microsoft365" => "outlook.office365.com", "google" => "imap.gmail.com" }.freeze

    # Switches. Written as nil they are off, whatever their default.
    SWITCHES = %i[ssl start_tls delete_after_delivery expunge_deleted].freeze

    # @param attributes [Hash] settings, with symbol or string keys. A nil counts as left out, with
    #   two exceptions: a switch is off, and a required setting is missing whatever its default.
    # @raise [IdleTimeoutTooLarge] when `idle_timeout` is longer than {IMAP_IDLE_TIMEOUT}
    # @raise [ConfigurationError] when a setting is missing, ill-typed or not available
    def initialize(attributes = {})
      raise ConfigurationError, "a mailbox must be a mapping, not #{attributes.class}" unless attributes.is_a?(Hash)

      given = Keys.symbolize(attributes)
      super(*MAILBOX_FIELDS.map { |field| value(field, given) })
      @delivery_by_default = given.values_at(:delivery_method, :delivery_klass).all?(&:nil?)

      UnknownKeys.new(self, given.keys).to_a.each { |text| Notice.warn("#{title}: #{text}") }
      validate!
    end

    # @return [Boolean] whether nothing was written about how to deliver
    def delivery_by_default?
      @delivery_by_default
    end

    # @return [#info, #warn] the log of this mailbox; without one, warnings go to standard error
    def logger
      @logger ||= given_logger || log_path_setting.logger
    end

    # @return [#info, #warn, nil] a logger of the caller's, or one for a stream of the caller's; nil when
    #   `logger` is a mapping with something the native part can open
    def given_logger
      return self[:logger] if self[:logger].respond_to?(:info)

      stream = log_path_setting.stream
      @stream_logger ||= Logger::Structured.new(stream) if stream
    end

    # @return [Class] the delivery given as `delivery_klass`, or else the one `delivery_method` names
    # @raise [ConfigurationError] when there is no delivery of that name
    def delivery_klass
      self[:delivery_klass] || Delivery[delivery_method]
    end

    # @return [#deliver] the delivery of this mailbox, made once
    def delivery
      @delivery ||= delivery_klass.new(delivery_klass::Options.new(self))
    end

    # @return [Boolean] whether messages are handed over to a Ruby class; false when the native part
    #   delivers them
    def handed_over?
      Delivery.native_name(delivery_klass).nil?
    end

    # @return [Class] the arbitration `arbitration_method` names
    # @raise [ConfigurationError] when there is none of that name
    def arbitration_klass
      Arbitration[arbitration_method]
    end

    # @return [#deliver?] the arbitration of this mailbox, made once
    def arbitrator
      @arbitrator ||= arbitration_klass.new(arbitration_klass::Options.new(self))
    end

    # @param uid [Integer, String]
    # @return [Boolean] whether this process is to deliver the message
    def deliver?(uid)
      logger.info({ context: context, uid: uid, action: "asking arbiter to deliver",
                    arbitrator: arbitrator.class.name })

      arbitrator.deliver?(uid)
    end

    # Delivers from Ruby, without the native part.
    #
    # @param message [Message]
    # @return [Object] truthy when the delivery took the message
    def deliver(message)
      body = message.body
      return true unless body

      logger.info({ context: context, uid: message.uid, action: "sending to deliverer",
                    deliverer: delivery.class.name, byte_size: body.bytesize })
      delivery.deliver(body)
    end

    # @return [Boolean, Hash] `ssl`; a Hash comes with symbol keys and `verify_mode` as the constant
    #   of OpenSSL, in a copy, so that the setting stays as it was written
    # @raise [ConfigurationError] when `verify_mode` is none that OpenSSL knows
    def ssl_options
      return ssl unless ssl.is_a?(Hash)

      options = Keys.symbolize(ssl)
      options[:verify_mode] = verify_mode(options[:verify_mode]) if options[:verify_mode]
      options
    end

    # @return [void]
    # @raise [ConfigurationError] see {#initialize}
    def validate!
      Validation.new(self).call
    end

    # @return [LogPath] what `logger` says about where lines go
    def log_path_setting
      LogPath.new(self[:logger])
    end

    private

    def value(field, given)
      return given[field] unless given[field].nil?
      # A token must not go to Google only because nobody said whose it is.
      return preset_host(given[:oauth2]) if field == :host && given[:oauth2]
      return DEFAULTS[field].dup unless given.key?(field)
      return false if SWITCHES.include?(field)

      DEFAULTS[field].dup unless REQUIRED_CONFIGURATION.include?(field)
    end

    def preset_host(oauth2)
      PRESET_HOSTS[Keys.symbolize(oauth2)[:preset].to_s.downcase] if oauth2.is_a?(Hash)
    end

    def verify_mode(name)
      return name if name.is_a?(Integer) # a constant of OpenSSL already

      require "openssl"
      OpenSSL::SSL.const_get("VERIFY_#{name.to_s.upcase}")
    rescue NameError
      raise ConfigurationError, "#{title}: ssl.verify_mode #{name.inspect} is unknown"
    end
  end

  # Where gitlab-mail_room has them, too.
  DEFAULTS = Mailbox::DEFAULTS

  # (see Mailbox::IMAP_IDLE_TIMEOUT)
  IMAP_IDLE_TIMEOUT = Mailbox::IMAP_IDLE_TIMEOUT

  # (see Mailbox::REQUIRED_CONFIGURATION)
  REQUIRED_CONFIGURATION = Mailbox::REQUIRED_CONFIGURATION
end
