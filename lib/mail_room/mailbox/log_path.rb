# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Mailbox
    # Where `logger` wants the lines of a mailbox: a path, a standard stream, or nowhere. Warnings and
    # errors never go nowhere, but to standard error then: trouble nobody asked to hear of is trouble
    # nevertheless. A logger of the caller's has no path, and neither has a stream of its own, such as a
    # StringIO or the end of a pipe: see {LogRelay}.
    class LogPath
      # @param logger [Hash, #info] the setting: a mapping with `log_path`, or a logger of the caller's
      # @raise [ConfigurationError] when it is neither
      def initialize(logger)
        @path = logger.respond_to?(:info) ? nil : Keys.symbolize(Hash(logger))[:log_path]
      rescue TypeError
        raise ConfigurationError, "logger must be a mapping with log_path, not #{logger.class}"
      end

      # @return [String, nil] for the native part: a path as given, `STDOUT`, `STDERR`, or nil for no log
      #   and for a stream without a path
      # @raise [ConfigurationError] when `log_path` is something that cannot be written to
      def setting
        case @path
        when nil, "" then nil
        when String, Symbol then stream_name || @path.to_s
        else stream_name || path_of(@path)
        end
      end

      # @return [#write, nil] a stream of the caller's that has no path
      def stream
        @path if @path.respond_to?(:write) && setting.nil?
      end

      # @return [Logger::Structured] for lines written in Ruby
      def logger
        case setting
        when nil then Logger::Structured.new($stderr, level: ::Logger::WARN)
        when "STDOUT" then Logger::Structured.new($stdout)
        when "STDERR" then Logger::Structured.new($stderr)
        else Logger::Structured.new(setting)
        end
      end

      private

      # `$stdout` may have been replaced, by an object without a descriptor even.
      def stream_name
        # rubocop:disable Style/GlobalStdStream
        return "STDOUT" if ["stdout", "STDOUT", :stdout, :STDOUT, $stdout, STDOUT].any?(@path)

        "STDERR" if ["stderr", "STDERR", :stderr, :STDERR, $stderr, STDERR].any?(@path)
        # rubocop:enable Style/GlobalStdStream
      end

      def path_of(object)
        return object.to_path if object.respond_to?(:to_path) && object.to_path
        return if object.respond_to?(:write)

        raise ConfigurationError, "logger.log_path must be a path, STDOUT or STDERR, not #{object.class}"
      end
    end
  end
end
