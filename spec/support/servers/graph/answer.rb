# frozen_string_literal: true

require "json"
require "webrick/httpstatus"

module Servers
  class Graph
    # What is answered, and how it is written: whole, in chunks, slowly, up to its middle, without end, or not at all.
    class Answer
      CHUNK = 32_768
      # How many pieces a body that drips is given in.
      DRIPS = 10
      REASONS = WEBrick::HTTPStatus::StatusMessage.merge(509 => "Bandwidth Limit Exceeded").freeze

      attr_accessor :status, :headers, :manner, :pause
      attr_writer :body
      # @return [Hash, nil] what the body is the JSON of
      attr_reader :object

      # @param object [Hash]
      def self.json(object, status: 200, headers: {})
        new(status, { "Content-Type" => "application/json;odata.metadata=minimal", **headers }, nil, object)
      end

      def initialize(status, headers = {}, body = "", object = nil)
        @status = status
        @headers = headers
        @body = body
        @object = object
        @manner = :whole
      end

      # @return [String]
      def body
        @body ||= JSON.generate(@object)
      end

      # Calls its block when only the last byte is missing: what the client does then has seen the whole answer.
      # @return [Boolean] whether the connection goes on
      def write(socket, &)
        send(@manner, socket, &)
      end

      private

      def whole(socket)
        bytes = head("Content-Length" => (body.bytesize unless @status == 204)) << body
        last = bytes.bytesize > CHUNK ? bytes.slice!(-1) : nil
        socket.write(bytes) if last
        yield
        socket.write(last || bytes)
        true
      end

      def chunked(socket)
        bytes = head("Transfer-Encoding" => "chunked")
        0.step(body.bytesize - 1, CHUNK) do |offset|
          chunk = body.byteslice(offset, CHUNK)
          bytes << chunk.bytesize.to_s(16) << "\r\n" << chunk << "\r\n"
        end
        socket.write(bytes)
        yield
        socket.write("0\r\n\r\n")
        true
      end

      def dripping(socket)
        socket.write(head("Content-Length" => body.bytesize))
        size = [(body.bytesize / DRIPS.to_f).ceil, 1].max
        0.step(body.bytesize - 1, size) do |offset|
          sleep @pause
          yield if offset + size >= body.bytesize
          socket.write(body.byteslice(offset, size))
        end
        true
      end

      def cut(socket)
        yield
        socket.write(head("Content-Length" => body.bytesize + 1) << body.byteslice(0, body.bytesize / 2))
        false
      end

      def hang_up(_socket)
        yield
        false
      end

      # Until the client has enough of it.
      def endless(socket)
        yield
        socket.write(head("Transfer-Encoding" => "chunked"))
        piece = "#{CHUNK.to_s(16)}\r\n#{' ' * CHUNK}\r\n"
        loop do
          socket.write(piece)
          sleep 0.001 # for the other threads
        end
      end

      def head(**length)
        lines = @headers.merge(length).compact.map { |name, value| "#{name}: #{value}\r\n" }
        "HTTP/1.1 #{@status} #{REASONS[@status]}\r\n#{lines.join}\r\n".b
      end
    end
  end
end
