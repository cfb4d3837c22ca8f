# frozen_string_literal: true

module MailRoom
  module Delivery
    # Inserts every message as a job of Que. The native part does the work; this class holds the name
    # and the options.
    class Que
      # Reads the mailbox' `delivery_options`: `host` (default `localhost`), `port` (default 5432),
      # `database`, `username`, `password`, `queue` (default empty), `priority` (default 100), `job_class`.
      Options = Struct.new(:host, :port, :database, :username, :password, :queue, :priority, :job_class, :logger) do
        include Redaction::Inspect

        # @param mailbox [Mailbox]
        def initialize(mailbox)
          given = Keys.symbolize(mailbox.delivery_options)

          super(given[:host] || "localhost", given[:port] || 5432, given[:database], given[:username],
                given[:password], given[:queue] || "", given[:priority] || 100, given[:job_class], mailbox.logger)
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
