# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # Tells why the process ends.
  class CrashHandler
    # Values of `--log-exit-as`.
    SUPPORTED_FORMATS = %w[json plain].freeze

    # @param stream [IO] where the JSON line goes
    def initialize(stream = $stdout)
      @stream = stream
    end

    # @param error [Exception] what ended the process
    # @param format [String, nil] `json`: one line with time, severity, message and backtrace;
    #   anything else: plain
    # @return [void]
    # @raise [Exception] the error itself in the plain format, so that Ruby prints its backtrace,
    #   unless it is a {ConfigurationError}, whose message says all there is to say
    def handle(error, format)
      if format == "json"
        @stream.puts(json(error))
        @stream.flush
      elsif error.is_a?(ConfigurationError)
        Notice.warn(Printable.text(error.message))
      else
        raise error
      end
    end

    private

    def json(error)
      JSON.generate(
        time: Time.now.strftime(Logger::Structured::TIME_FORMAT),
        severity: "fatal",
        message: Printable.text(error.message),
        backtrace: Printable.deep(error.backtrace)
      )
    end
  end
end
