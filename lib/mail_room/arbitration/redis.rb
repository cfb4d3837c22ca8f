# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Arbitration
    # Asks Redis, so that of several processes that watch a mailbox one delivers each message. For a
    # mailbox the native part does it, with keys of its own besides; this class asks as
    # gitlab-mail_room does, for any Ruby program.
    class Redis
      include Standalone::Optioned

      # Keys below `arbitration_options`.
      KEYS = %i[redis_url redis_db redis_ssl_params namespace sentinels sentinel_username sentinel_password].freeze

      # Seconds. Ten minutes, so that another process may try again after a crash.
      EXPIRATION = 600

      # Reads the `arbitration_options` of a mailbox, or takes them as they are.
      Options = Struct.new(:redis_url, :namespace, :sentinels, :sentinel_username, :sentinel_password,
                           :redis_ssl_params) do
        include Standalone::Options

        # @param mailbox [Mailbox, nil] where the options are written
        # @param given [Hash] the options, when there is no mailbox: {KEYS} and the timeouts
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :arbitration_options)

          super(*members.map { |member| written[member] })
          self.redis_url ||= Delivery::Sidekiq::REDIS_URL
          keep_others(written, members)
        end

        private

        def settings
          { arbitration_options: options, **timeouts }
        end
      end

      # Sets `delivered:<uid>` below the namespace. Other threads go on meanwhile.
      #
      # @param uid [Integer, String] UID of the message
      # @param expiration [Integer] seconds until another process may deliver it
      # @return [Boolean] whether this process is to deliver it: true for the first who asks
      # @raise [ConfigurationError] when an option is ill-typed
      # @raise [MailRoom::Error] when Redis cannot be asked within the delivery timeout
      def deliver?(uid, expiration = EXPIRATION)
        @kept ||= Standalone::Kept.new { |settings_json| Native::Arbiter.new(settings_json) }
        @kept.for(options.settings_json).deliver?(uid.to_s, expiration.to_i)
      end
    end
  end
end
