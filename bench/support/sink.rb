# frozen_string_literal: true

require_relative "examples"
require_relative "helper_process"

module Bench
  # Runs the web server that mails are posted to, the core's example `http_sink`.
  class Sink
    attr_reader :url

    def initialize
      @process = HelperProcess.new(Examples.path("http_sink"))
      @url = "http://127.0.0.1:#{Integer(@process.line)}/"
    end

    # @return [Integer] the requests since the last call
    def count
      Integer(@process.ask)
    end

    alias clear count

    def remove
      @process.remove
    end
  end
end
