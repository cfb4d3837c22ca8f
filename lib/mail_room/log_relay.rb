# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # Brings the lines of the native part to a logger of the caller's, through a pipe: the native part
  # never calls Ruby. A logger that is slow costs log lines and holds nothing else up.
  class LogRelay
    # Methods of the logger by what stands in the line.
    METHODS = { "WARN" => %i[warn], "ERROR" => %i[error warn] }.freeze

    # Seconds in which the last lines may be brought over.
    LAST_LINES = 0.5

    # @return [String, nil] what the native part opens as its log file; nil where a process cannot open
    #   its own descriptors by name
    attr_reader :path

    # @param logger [#info, #warn] takes Hashes with String keys
    def initialize(logger)
      @logger = logger
      @reader, @writer = IO.pipe(Encoding::UTF_8)
      path = "/dev/fd/#{@writer.fileno}"
      @path = path if File.exist?(path)
    end

    # To be called when the native part has opened {#path}: from then on the pipe ends with it.
    #
    # @yield when no more lines will come
    # @return [void]
    def start
      @writer.close
      @thread = Thread.new do
        Thread.current.name = "mail_room.log"
        @reader.each_line { |line| bring(line) }
      ensure
        yield if block_given?
      end
    end

    # @return [void]
    def finish
      @thread&.join(LAST_LINES)
      @thread&.kill
      [@writer, @reader].each(&:close)
    end

    private

    # The logger sets time and severity itself.
    def bring(line)
      fields = JSON.parse(line)
      fields.delete("time")
      methods = METHODS.fetch(fields.delete("severity"), [])
      @logger.public_send(methods.find { |method| @logger.respond_to?(method) } || :info, fields)
    rescue StandardError, ScriptError => error # such as NotImplementedError
      complain(error)
    end

    # Once: whoever cannot take one line will take none.
    def complain(error)
      Notice.warn("the logger of a mailbox failed: #{error.class}") unless @complained
      @complained = true
    end
  end
end
