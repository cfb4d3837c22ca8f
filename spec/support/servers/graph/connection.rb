# frozen_string_literal: true

require_relative "answer"
require_relative "request"

module Servers
  class Graph
    # One connection: requests are read and answered one after the other (RFC 9112).
    class Connection
      LINE_LIMIT = 65_536

      # @param socket [TCPSocket, OpenSSL::SSL::SSLSocket]
      def initialize(socket, &service)
        @socket = socket
        @service = service
      end

      # Until the client closes, or an answer is to end the connection.
      def serve
        while (request = read)
          stays = true
          @service.call(request, ->(answer, &nearly_done) { stays = answer.write(@socket, &nearly_done) })
          return if !stays || request.headers["connection"]&.casecmp?("close")
        end
      end

      private

      def read
        verb, target, version = line&.split
        return unless version&.start_with?("HTTP/1.")

        headers = read_headers
        Request.new(verb, target, headers, read_body(headers))
      end

      # A name that comes more than once has its values joined.
      def read_headers
        headers = {}
        while (text = line) && !text.empty?
          name, value = text.split(":", 2)
          name.downcase!
          value = value.to_s.strip
          headers[name] = headers.key?(name) ? "#{headers[name]}, #{value}" : value
        end
        headers
      end

      def read_body(headers)
        return read_chunks if headers["transfer-encoding"]&.casecmp?("chunked")

        length = headers["content-length"].to_i
        length.zero? ? "".b : @socket.read(length).to_s
      end

      def read_chunks
        body = "".b
        until (size = line.to_s.hex).zero?
          body << @socket.read(size).to_s
          line
        end
        line
        body
      end

      def line
        @socket.gets("\n", LINE_LIMIT)&.chomp
      end
    end
  end
end
