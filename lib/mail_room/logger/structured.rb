# frozen_string_literal: true

require "json"
require "logger"
require "mail_room"

module MailRoom
  module Logger
    # Writes each message, a Hash, as one line of JSON.
    class Structured < ::Logger
      # ISO 8601 with milliseconds and offset.
      TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%L%:z"

      # @param severity [String] `INFO`, `WARN` ...
      # @param timestamp [Time, nil] now when nil
      # @param _progname [Object] not written
      # @param message [Hash] what to write after `severity` and `time`
      # @return [String] the line, with its newline
      # @raise [ArgumentError] when the message is no Hash
      def format_message(severity, timestamp, _progname, message)
        # Same text as gitlab-mail_room: callers' specs compare it.
        raise ArgumentError, "Message must be a Hash" unless message.is_a?(Hash)

        time = (timestamp || Time.now).strftime(TIME_FORMAT)
        "#{generate({ severity: severity, time: time }.merge(message))}\n"
      end

      private

      # A log line is written while a message is being delivered, and bytes that are no UTF-8 must
      # not make that delivery fail.
      def generate(data)
        JSON.generate(data)
      rescue JSON::GeneratorError, EncodingError
        JSON.generate(Printable.deep(data))
      end
    end
  end
end
