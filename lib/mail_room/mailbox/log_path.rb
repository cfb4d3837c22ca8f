# frozen_string_literal: true

module MailRoom
  class Mailbox
    # Where `logger` wants the lines of a mailbox: a path, a standard stream, or nowhere. To nowhere go
    # no warnings and errors of the native part: those are written to standard error then. A logger of
    # the caller's has no path, see {LogRelay}.
    class LogPath
      # @param logger [Hash, #info] the setting: a mapping with `log_path`, or a logger of the caller's
      # @raise [ConfigurationError] when it is neither
      def initialize(logger)
        @path = logger.respond_to?(:info) ? nil : Keys.symbolize(Hash(logger))[:log_path]
      rescue TypeError
        raise ConfigurationError, "logger must be a mapping with log_path, not #{logger.class}"
      end

      # @return [String, nil] for the native part: a path as given, `STDOUT`, `STDERR`, or nil for no log
      # @raise [ConfigurationError] when `log_path` is something that has no path
      def setting
        case @path
        when nil, "" then nil
        when String then @path
        when Symbol then stream_name || @path.to_s
        else stream_name || path_of(@path)
        end
      end

      # @return [IO, String, nil] for Ruby's Logger
      def device
        case setting
        when "STDOUT" then $stdout
        when "STDERR" then $stderr
        else setting
        end
      end

      private

      # `$stdout` may have been replaced, by an object without a descriptor even.
      def stream_name
        # rubocop:disable Style/GlobalStdStream
        return "STDOUT" if [:stdout, :STDOUT, $stdout, STDOUT].any?(@path)

        "STDERR" if [:stderr, :STDERR, $stderr, STDERR].any?(@path)
        # rubocop:enable Style/GlobalStdStream
      end

      def path_of(object)
        return object.to_path if object.respond_to?(:to_path) && object.to_path

        raise ConfigurationError, "logger.log_path must be a path, STDOUT or STDERR, not #{object.class}"
      end
    end
  end
end
