# frozen_string_literal: true

require "logger"
require "mail_room"

module MailRoom
  module Delivery
    # Writes every message to a log file.
    class Logger
      # Keys below `delivery_options`.
      KEYS = %i[log_path].freeze

      # Reads `log_path` of a mailbox, at its top or below `delivery_options`.
      Options = Struct.new(:log_path) do
        # @param mailbox [Mailbox, nil] where the option is written
        # @param given [Hash] the option, when there is no mailbox
        def initialize(mailbox = nil, **given)
          written = WrittenOptions.new(mailbox || given, :delivery_options)

          super(written.top(:log_path) || written[:log_path])
        end
      end

      # @param options [Options] without a `log_path` messages go to standard output
      # @raise [SystemCallError] when the file cannot be opened for writing
      def initialize(options)
        @io = options.log_path ? File.open(options.log_path, "ab") : $stdout
        @io.sync = true # a message that was accepted must not wait in a buffer for a crash
        @formatter = ::Logger::Formatter.new
      end

      # @param message [String] RFC 5322
      # @return [true] accepted
      # @raise [MailRoom::Error] when it could not be written, which Ruby's Logger itself would not tell
      def deliver(message)
        @io.write(@formatter.call("INFO", Time.now, nil, message))
        true
      rescue SystemCallError, IOError => error
        raise MailRoom::Error, "the message log is not available: #{Printable.line(error.message)}"
      end
    end
  end
end
