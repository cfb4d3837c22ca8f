# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    # What `gitlab.yml` says of one mailbox, and the mailbox that GitLab's `config/mail_room.yml` makes of it.
    class Section
      autoload :Values, "mail_room/gitlab/section/values"
      autoload :Webhook, "mail_room/gitlab/section/webhook"

      # Those of `gitlab.yml`, in GitLab's order.
      NAMES = %w[incoming_email service_desk_email].freeze

      # What holds for a key that is not written, or without a value.
      DEFAULTS = { enabled: false, port: 143, ssl: false, start_tls: false, mailbox: "inbox", idle_timeout: 60,
                   log_path: "log/mail_room_json.log", delete_after_delivery: true, expunge_deleted: false,
                   delivery_method: "sidekiq", queue: "default" }.freeze

      # The workers of GitLab that take the messages.
      WORKERS = { "incoming_email" => "EmailReceiverWorker",
                  "service_desk_email" => "ServiceDeskEmailReceiverWorker" }.freeze

      # Keys of GitLab's, besides {DEFAULTS}. `public_key_files` is for the side that receives the webhook.
      KEYS = [*DEFAULTS.keys, *%i[address user password host inbox_method inbox_options gitlab_url secret_file
                                  encrypted_secret_file public_key_files worker]].freeze

      # Keys of this gem, which mean there what they mean in `mail_room.yml`.
      OWN_KEYS = %i[password_file auth_method oauth2 filter first_run_limit max_attempts quarantine_mailbox
                    max_message_size delivery_concurrency limit_max_unread search_command connect_timeout tls_timeout
                    greeting_timeout command_timeout literal_timeout done_timeout delivery_timeout].freeze

      # Keys whose value is a path below the Rails root.
      PATHS = %i[log_path secret_file encrypted_secret_file].freeze

      # The values of `delivery_method`.
      DELIVERIES = %w[sidekiq webhook].freeze

      # The namespace in which GitLab's processes agree who delivers a message
      # (`Gitlab::Redis::Queues::MAILROOM_NAMESPACE`).
      NAMESPACE = "mail_room:gitlab"

      # @return [String] one of {NAMES}
      attr_reader :name

      # @param name [String] one of {NAMES}
      # @param written [Hash] keys are symbols or strings; nil counts as not written
      # @param root [String] the folder that relative paths are below
      # @param place [Proc] makes of a key, or of nil, the text that errors call it by
      def initialize(name, written, root:, place:)
        @name = name
        @place = place
        @written = Keys.symbolize(written).compact
        @root = root
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
          settings.to_h { |key, value| [key, PATHS.include?(key) ? absolute(value) : value] }
        end
      end

      # @return [Boolean]
      def enabled?
        to_h[:enabled] ? !to_h[:address].to_s.empty? : false
      end

      # @return [void]
      def warn_of_unknown
        known = KEYS + OWN_KEYS
        Keys.unknown(@written.keys, known).each do |key, nearest|
          Notice.warn("unknown key #{place(key)}#{", did you mean #{nearest}?" if nearest}")
        end
      end

      # @param redis [Redis]
      # @param host [String, nil] GitLab's
      # @param credentials [Hash{Symbol => String}] the `user` and `password` that count instead of those written
      # @return [Hash{Symbol => Object}] as in `mail_room.yml`
      def mailbox(redis:, host:, credentials: {})
        settings = { **to_h, **credentials }
        { **inbox(settings, credentials), **optional(settings), **delivery(settings, redis),
          arbitration_method: "redis", arbitration_options: { namespace: NAMESPACE, **redis.options },
          **incoming_email(host) }
      end

      private

      def absolute(path)
        path.is_a?(String) ? File.expand_path(path, @root) : path
      end

      def inbox(settings, credentials)
        { **settings.slice(:host, :port, :ssl, :start_tls), host: settings[:host], email: settings[:user],
          **password(settings, credentials), idle_timeout: settings[:idle_timeout],
          logger: { log_path: settings[:log_path] }, name: settings[:mailbox],
          delete_after_delivery: settings[:delete_after_delivery], expunge_deleted: settings[:expunge_deleted] }
      end

      # An encrypted password counts instead of any other.
      def password(settings, credentials)
        file = settings[:password_file] unless credentials[:password]
        file ? { password: settings[:password], password_file: file }.compact : { password: settings[:password] }
      end

      def optional(settings)
        settings.slice(:inbox_method, :inbox_options, *OWN_KEYS - [:password_file])
      end

      def delivery(settings, redis)
        if settings[:delivery_method] == "webhook"
          { delivery_method: "postback", delivery_options: Webhook.new(name, settings, @place).options }
        else
          { delivery_method: "sidekiq",
            delivery_options: { **redis.options, redis_db: redis.db, **settings.slice(:queue, :worker) } }
        end
      end

      # GitLab takes any address. One that cannot be explained must not keep the mailbox from being watched.
      def incoming_email(host)
        address = to_h[:address]
        known = [{ host: host }, {}].find { |others| explainable?(address: address, **others) }
        return { incoming_email: { address: address, **known, mailbox_type: name }.compact } if known

        Notice.warn("#{place(:address)} is none that mail can be explained for, so the log will not tell what each is")
        {}
      end

      def explainable?(**settings)
        IncomingEmail.new(**settings)
        true
      rescue ConfigurationError
        false
      end
    end
  end
end
