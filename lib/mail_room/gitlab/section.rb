# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  module GitLab
    # What GitLab's files say of one mailbox, and the mailbox that GitLab's `config/mail_room.yml` makes of it.
    #
    # Sources: GitLab's `config/mail_room.yml` and `lib/gitlab/mail_room.rb`.
    class Section
      autoload :Values, "mail_room/gitlab/section/values"
      autoload :Webhook, "mail_room/gitlab/section/webhook"

      include Redaction::Opaque

      # Those of `gitlab.yml`, in GitLab's order, and the workers that take their messages.
      WORKERS = { "incoming_email" => "EmailReceiverWorker",
                  "service_desk_email" => "ServiceDeskEmailReceiverWorker" }.freeze

      # The names of sections.
      NAMES = WORKERS.keys.freeze

      # What holds for a key that is not written, or without a value.
      DEFAULTS = { enabled: false, port: 143, ssl: false, start_tls: false, mailbox: "inbox", idle_timeout: 60,
                   log_path: "log/mail_room_json.log", delete_after_delivery: true, expunge_deleted: false,
                   delivery_method: "sidekiq", queue: "default" }.freeze

      # Keys of GitLab's. `public_key_files` is for the side that receives the webhook.
      KEYS = %i[enabled address user password host port ssl start_tls mailbox idle_timeout log_path
                delete_after_delivery expunge_deleted inbox_method inbox_options delivery_method gitlab_url secret_file
                encrypted_secret_file public_key_files queue worker].freeze

      # Keys of this gem, which mean what they mean in `mail_room.yml`.
      OWN_KEYS = %i[password_file auth_method oauth2 filter first_run_limit max_attempts quarantine_mailbox
                    max_message_size delivery_concurrency limit_max_unread search_command connect_timeout tls_timeout
                    greeting_timeout command_timeout literal_timeout done_timeout delivery_timeout].freeze

      # The keys as `gitlab.yml` writes them, and what they are called here.
      WORDS = (KEYS + OWN_KEYS).to_h { |key| [key, key] }.freeze

      # Keys whose value is a path, perhaps one below the Rails root.
      PATHS = %i[log_path secret_file encrypted_secret_file password_file].freeze

      # The values of `delivery_method`.
      DELIVERIES = %w[sidekiq webhook].freeze

      # Where GitLab's processes agree who delivers a message (`Gitlab::Redis::Queues::MAILROOM_NAMESPACE`).
      NAMESPACE = "mail_room:gitlab"

      # Settings of a mailbox.
      EXAMPLE = { email: "a", password: "a", host: "localhost", port: 143, name: "inbox",
                  delivery_method: "noop" }.freeze
      private_constant :EXAMPLE

      # @return [String] one of {NAMES}
      attr_reader :name

      # @return [Array<Array>] keys that mean nothing, each with the nearest that does, or nil
      attr_reader :unknown

      # @param name [String] one of {NAMES}
      # @param written [Hash] keys are symbols or strings; nil counts as not written
      # @param root [String] the folder that relative paths are below
      # @param place [Proc] makes of a key, or of nil, what errors call it
      # @param words [Hash{Symbol => Symbol}] the keys as they are written, and what they are called here
      def initialize(name, written, root:, place:, words: WORDS)
        @name = name
        @root = root
        @place = place
        written = Keys.symbolize(written)
        @unknown = Keys.unknown(written.keys, words.keys)
        @written = written.slice(*words.keys).transform_keys(words).compact
      end

      # @param key [Symbol, nil]
      # @return [String] what errors call the section, or the key in it
      def place(key = nil)
        @place.call(key)
      end

      # @return [Hash{Symbol => Object}] with defaults, and absolute paths
      # @raise [ConfigurationError] when a value is ill-typed and the section enabled
      def to_h
        @to_h ||= begin
          settings = { **DEFAULTS, worker: WORKERS.fetch(name), **@written }
          settings = Values.new(settings, @place).to_h if settings[:enabled]
          settings.to_h { |key, value| [key, path?(key, value) ? GitLab.absolute(value, @root, place(key)) : value] }
        end
      end

      # @return [Boolean]
      def enabled?
        to_h[:enabled] ? !to_h[:address].to_s.empty? : false
      end

      # @param redis [Redis]
      # @param host [String, nil] GitLab's
      # @param credentials [Hash{Symbol => String}] the `user` and `password` that count instead of those written
      # @return [Hash{Symbol => Object}] as in `mail_room.yml`
      # @raise [ConfigurationError] when a key is missing
      def mailbox(redis:, host:, credentials: {})
        { **inbox(host: host, credentials: credentials), **delivery(redis),
          arbitration_method: "redis", arbitration_options: { namespace: NAMESPACE, **redis.options } }
      end

      # @param host [String, nil] see {#mailbox}
      # @param credentials [Hash{Symbol => String}] see {#mailbox}
      # @return [Hash{Symbol => Object}] as in `mail_room.yml`, without where messages go
      def inbox(host:, credentials: {})
        settings = { **to_h, **credentials }
        # An encrypted password counts instead of any other.
        settings.delete(:password_file) if credentials.key?(:password)
        { **server(settings), **settings.slice(:inbox_method, :inbox_options, *OWN_KEYS), **incoming_email(host) }
      end

      # @param credentials [Hash{Symbol => String}] see {#mailbox}
      # @return [Symbol, nil] what nobody can log in without, and is not given
      def missing_login(credentials)
        settings = { **to_h, **credentials }
        needed = %i[user password]
        needed.pop if settings[:inbox_method] == "microsoft_graph" || settings.key?(:oauth2) ||
                      settings.key?(:password_file)
        needed.find { |key| settings[key].nil? }
      end

      private

      def server(settings)
        { host: settings[:host], email: settings[:user], password: settings[:password], name: settings[:mailbox],
          logger: { log_path: settings[:log_path] },
          **settings.slice(:port, :ssl, :start_tls, :idle_timeout, :delete_after_delivery, :expunge_deleted) }
      end

      def path?(key, value)
        value.is_a?(String) && PATHS.include?(key)
      end

      def delivery(redis)
        if to_h[:delivery_method] == "webhook"
          { delivery_method: "postback", delivery_options: Webhook.new(name, to_h, @place).options }
        else
          { delivery_method: "sidekiq",
            delivery_options: { **redis.options, redis_db: redis.db, **to_h.slice(:queue, :worker) } }
        end
      end

      # GitLab takes any address. One that mail cannot be explained for must not keep the mailbox from being watched.
      def incoming_email(host)
        settings = { address: to_h[:address], mailbox_type: name }
        known = [{ **settings, host: host }.compact, settings].find { |those| explainable?(those) }
        return { incoming_email: known } if known

        Notice.warn("#{place(:address)} is none that mail can be explained for, so the log will not tell what each is")
        {}
      end

      # Asks the native part, about a mailbox with nothing else wrong in it.
      def explainable?(incoming_email)
        Native.check_mailbox(JSON.generate(Plain.mapping({ **EXAMPLE, incoming_email: incoming_email })))
        true
      rescue ConfigurationError
        false
      end
    end
  end
end
