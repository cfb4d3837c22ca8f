# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Delivery
    # Pushes every message as a job for Sidekiq.
    class Sidekiq
      include Standalone::Delivery

      # Keys below `delivery_options`.
      KEYS = %i[redis_url redis_db redis_ssl_params namespace sentinels sentinel_username sentinel_password queue
                worker].freeze

      # What redis-rb connects to when nothing is said.
      REDIS_URL = "redis://localhost:6379"

      # Reads the `delivery_options` of a mailbox, or takes them as they are.
      Options = Struct.new(:redis_url, :namespace, :sentinels, :queue, :worker, :logger, :redis_db,
                           :sentinel_username, :sentinel_password, :redis_ssl_params) do
        include Standalone::Options

        # @param mailbox [Mailbox, nil] where the options are written
        # @param given [Hash] the options, when there is no mailbox: {KEYS}, `logger` and the timeouts
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :delivery_options)

          super(*members.map { |member| member == :logger ? written.logger : written[member] })
          self.redis_url ||= REDIS_URL
          self.queue ||= "default"
          keep_others(written, members)
        end

        private

        def settings
          { delivery_method: "sidekiq", delivery_options: options, **timeouts }
        end
      end
    end
  end
end
