# frozen_string_literal: true

module MailRoom
  module Delivery
    # Pushes every message as a job for Sidekiq. The native part does the work; this class holds the
    # name and the options.
    class Sidekiq
      # Reads the mailbox' `delivery_options`: `redis_url` (default `redis://localhost:6379`),
      # `namespace`, `sentinels`, `queue` (default `default`), `worker`, `redis_db`.
      Options = Struct.new(:redis_url, :namespace, :sentinels, :queue, :worker, :logger, :redis_db) do
        include Redaction::Inspect

        # @param mailbox [Mailbox]
        def initialize(mailbox)
          given = Keys.symbolize(mailbox.delivery_options)

          super(given[:redis_url] || "redis://localhost:6379", given[:namespace], given[:sentinels],
                given[:queue] || "default", given[:worker], mailbox.logger, given[:redis_db])
        end
      end

      # @return [Options]
      attr_accessor :options

      # @param options [Options]
      def initialize(options)
        @options = options
      end
    end
  end
end
