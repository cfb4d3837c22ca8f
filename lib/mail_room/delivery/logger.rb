# frozen_string_literal: true

require "logger"

module MailRoom
  module Delivery
    # Writes every message to a log file.
    class Logger
      # Reads the mailbox' `log_path`, or `log_path` of its `delivery_options`.
      Options = Struct.new(:log_path) do
        # @param mailbox [Mailbox]
        def initialize(mailbox)
          super(mailbox.log_path || Keys.symbolize(mailbox.delivery_options)[:log_path])
        end
      end

      # @param options [Options] without a `log_path` messages go to standard output
      # @raise [SystemCallError] when the file cannot be opened for writing
      def initialize(options)
        io = options.log_path ? File.open(options.log_path, "ab") : $stdout
        io.sync = true # a message that was accepted must not wait in a buffer for a crash
        @logger = ::Logger.new(io)
      end

      # @param message [String] RFC 5322
      # @return [true] accepted
      def deliver(message)
        @logger.info(message)
        true
      end
    end
  end
end
