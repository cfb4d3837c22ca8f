# frozen_string_literal: true

require_relative "batch"
require_relative "resources"
require_relative "routes"
require_relative "sign_in"

module Servers
  class Graph
    # Takes each request through all that is asked of it, to its answer.
    class Desk
      IMMUTABLE = 'IdType="ImmutableId"'
      PAUSED = [429, 503, 509].freeze

      # @param graph [Graph]
      def initialize(graph)
        @graph = graph
        @journal = graph.journal
      end

      # @param request [Request]
      # @param give [#call] takes the answer
      def call(request, give)
        gates = []
        leave = -> { gates.slice!(0..).each(&:leave) }
        answer = shield(request) { work(request, gates) }
        request.status = answer.status
        give.call(answer, &leave)
      ensure
        leave&.call
      end

      private

      # What goes wrong in the server itself is told to the spec as well.
      def shield(request)
        yield
      rescue Problem, Refusal => error
        @journal.violation(request, error.message) if error.violation?
        error.answer
      rescue StandardError => error
        @journal.violation(request, error.full_message(highlight: false))
        Problem.new(500, "ErrorInternalServerError", error.message).answer
      end

      def work(request, gates)
        Routes.assign(request)
        @journal.add(request)
        origin = origin(request)
        check_length(request)
        return with_fault(request, [], origin) { sign_in(request) } if request.kind == :token

        @graph.identity.check(request.headers["authorization"], @graph.origins)
        work_parts(request, gates, origin)
      end

      def work_parts(request, gates, origin)
        batch = Batch.new(request) if request.kind == :batch
        boxes = boxes(batch ? assign(batch.parts) : [request])
        enter(boxes, gates)
        with_fault(request, boxes, origin) do
          batch ? batch.answer { |part| answer_part(part, origin) } : resource(request, origin)
        end
      end

      def assign(parts)
        parts.each do |part|
          Routes.assign(part)
          @journal.add(part)
        end
      end

      # @return [Array<Mailbox>] that requests are about
      def boxes(requests)
        requests.map(&:email).uniq.filter_map { |email| @graph.find_user(email) }
      end

      # Parts of a batch count as one request.
      def enter(boxes, gates)
        refusals = boxes.filter_map do |box|
          gates << box.gate
          box.gate.enter
        end
        raise refusals.first if refusals.any?
      end

      # https://learn.microsoft.com/en-us/graph/errors#http-status-codes
      def check_length(request)
        return unless %w[POST PATCH].include?(request.verb)
        return if request.headers.key?("content-length") || request.headers.key?("transfer-encoding")

        raise Problem.new(411, "LengthRequired", "Content-Length is missing")
      end

      # URLs in answers begin as the client's.
      def origin(request)
        origin = "#{@graph.scheme}://#{request.headers['host']}"
        return origin if @graph.origins.include?(origin)

        raise Problem.new(400, "BadRequest", "Invalid Hostname: #{origin}")
      end

      def sign_in(request)
        SignIn.new(request, @graph.identity, @graph.origins).answer
      end

      def answer_part(part, origin)
        box = @graph.find_user(part.email)
        answer = with_fault(part, [box].compact, origin) { resource(part, origin) }
        part.status = answer.status
        answer
      end

      def with_fault(request, boxes, origin, &)
        sleep(@graph.settings.latency) unless request.part?
        fault = @graph.faults.take(request) || (return shield(request, &))
        answer = fault.before(request, boxes.first) || fault.after(shield(request, &), request, origin)
        pause = fault.pause(answer) if PAUSED.include?(answer.status)
        boxes.each { |box| box.gate.close(pause) } if pause
        answer
      end

      def resource(request, origin)
        raise Routes.unknown(request) unless request.email

        check_preference(request)
        check_link(request, origin)
        Resources.new(request, mailbox(request.email), @graph.settings, origin).answer
      end

      # Ids would change whenever a message is moved.
      # https://learn.microsoft.com/en-us/graph/outlook-immutable-id
      def check_preference(request)
        return if request.preferences.include?(IMMUTABLE)

        @journal.violation(request, "Prefer: #{IMMUTABLE} is missing")
      end

      # "Don't try to extract the $skip value from the @odata.nextLink URL to manipulate responses."
      # https://learn.microsoft.com/en-us/graph/api/user-list-messages#response
      def check_link(request, origin)
        return unless request.options.key?("$skip") && !@graph.settings.given?(origin + request.target)

        @journal.violation(request, "$skip is not as in a nextLink")
      end

      def mailbox(email)
        box = @graph.find_user(email)
        raise Problem.new(404, "ErrorInvalidUser", "The requested user '#{email}' is invalid.") unless box
        return box unless box.forbidden

        raise Problem.new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
      end
    end
  end
end
