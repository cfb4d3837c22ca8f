# frozen_string_literal: true

require_relative "../wait"
require_relative "graph/desk"
require_relative "graph/faults"
require_relative "graph/identity"
require_relative "graph/journal"
require_relative "graph/listener"
require_relative "graph/mailbox"
require_relative "graph/settings"
require_relative "ports"

module Servers
  # Answers as Microsoft Graph v1.0 and the Microsoft identity platform are documented to, on a free port:
  #
  #   graph = Servers::Graph.new.start
  #   mailbox = graph.user("support@example.com")
  #   message = mailbox.deliver(Mails.small(1))
  #   graph.inbox_options                           # for the configuration
  #   graph.fault(:value, status: 503, retry_after: 1)  # the next request for a message; see Graph::Fault
  #   message.read?
  #   graph.violations                              # what was asked in a way that Graph does not allow
  #
  # A login host apart from that of Graph, as national clouds have it, is a second server with the same identity:
  #
  #   login = Servers::Graph.new(identity: graph.identity).start
  #   graph.inbox_options(azure_ad_endpoint: login.url)
  class Graph
    attr_reader :port, :identity, :journal, :settings, :faults
    # @return [Application] that the configuration names
    attr_reader :application
    # @return [Array<String>] the URLs under which clients see it; a proxy's may be added, also to {Identity#resources}
    attr_reader :origins

    # @param certificate [Certificates::Pair, nil] for HTTPS
    # @param identity [Identity] of another server
    def initialize(certificate: nil, identity: Identity.new)
      @port = Ports.free
      @certificate = certificate
      @origins = %w[127.0.0.1 localhost].map { |host| "#{scheme}://#{host}:#{@port}" }
      @identity = identity
      @identity.resources.merge(@origins)
      @application = identity.add
      @journal = Journal.new
      @settings = Settings.new
      @faults = Faults.new
      @lock = Mutex.new
      @users = {}
      @desk = Desk.new(self)
      @listener = Listener.new(@port, certificate) { |request, give| @desk.call(request, give) }
    end

    # @return [self]
    def start
      @listener.start
      self
    end

    # Connections are closed, and nobody listens until the next start.
    def stop
      @listener.stop
    end

    def remove
      stop
      @identity.remove
    end

    # Closes all connections, also those that are kept for the next request.
    def cut
      @listener.cut
    end

    def scheme
      @certificate ? "https" : "http"
    end

    # @return [String]
    def url
      @origins[@certificate ? 1 : 0]
    end

    # @return [Hash] for `inbox_options` of a mailbox
    def inbox_options(**others)
      { tenant_id: @application.tenant_id, client_id: @application.client_id, client_secret: @application.client_secret,
        azure_ad_endpoint: url, graph_endpoint: url }.merge(others)
    end

    # @return [Mailbox] made when it is first asked for
    # @see Mailbox#initialize
    def user(email, **options)
      @lock.synchronize { @users[email.downcase] ||= Mailbox.new(email, **options) }
    end

    # @return [Mailbox, nil]
    def find_user(email)
      @lock.synchronize { @users[email] }
    end

    # Orders a fault.
    # @see Fault
    def fault(...)
      @faults.add(...)
    end

    # @return [Array<String>] what a client did that it should not have done
    def violations
      @journal.violations
    end

    # @param kind [Symbol, nil] see Routes
    # @param parts [Boolean, nil] of batches: with them by default, false for without, true for nothing else
    # @return [Array<Request>] in the order they came in
    def requests(kind = nil, parts: nil)
      @journal.requests.select { |one| (kind.nil? || one.kind == kind) && (parts.nil? || one.part? == parts) }
    end

    # @return [Hash{Symbol => Integer}] how many requests of each kind there were, without parts of batches
    def counts
      requests(parts: false).map(&:kind).tally
    end
  end
end
