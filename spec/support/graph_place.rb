# frozen_string_literal: true

require "json"
require_relative "mails"
require_relative "servers"

# A mailbox on a Microsoft Graph of its own, and what was delivered from there. Examples have many of them at once, as
# one process that waits for many is quicker than many that wait for one.
class GraphPlace
  attr_reader :graph, :box, :name

  # @param name [String] of letters, digits and hyphens: its address, and the path of its URL
  # @param web [Servers::Web] takes the messages
  # @param login [Servers::Graph, nil] where its tokens come from, if not from the same server
  def initialize(name, web, login: nil)
    @name = name
    @web = web
    @login = login
    @graph = login ? Servers::Graph.new(identity: login.identity) : Servers::Graph.new
    @box = @graph.user("#{name}@example.com")
  end

  # @return [self]
  def start
    @graph.start
    self
  end

  def remove
    @graph.remove
  end

  # @return [Array<Servers::Graph::Message>]
  def deliver(*numbers)
    numbers.flat_map { |number| [*number] }.map { |number| @box.deliver(Mails.small(number)) }
  end

  # @return [Hash] settings of the mailbox
  # @param options [Hash] further inbox_options
  def settings(options: {}, **others)
    application = @login ? @login.application : @graph.application
    login = { tenant_id: application.tenant_id, client_id: application.client_id,
              client_secret: application.client_secret, azure_ad_endpoint: (@login || @graph).url }
    inbox_options = @graph.inbox_options(**login, poll_interval: 1, **options)
    { email: @box.email, name: "inbox", inbox_method: "microsoft_graph", inbox_options: inbox_options,
      delivery_method: "postback", delivery_options: { url: @web.url("/#{@name}") }, **others }
  end

  # @return [Array<Integer>] the numbers of the mails that came, in their order
  def posted
    @web.requests.filter_map { |request| Mails.number(request.body) if request.path == "/#{@name}" }
  end

  # @return [Boolean] whether nothing is left to be done
  def done?
    @box.unread.empty?
  end

  # @return [Array<Hash>] lines of a log about this mailbox
  def lines(process)
    process.log.select { |line| line.dig("context", "email") == @box.email }
  end

  # @return [Array<Hash>] those that tell of an error
  def errors(process)
    lines(process).select { |line| line["error"] }
  end

  # What nobody but the two servers may know.
  # @return [Array<String>]
  def secrets
    identity = @graph.identity
    [@graph.application.client_secret, @login&.application&.client_secret, *identity.tokens].compact
  end

  # What is to be seen in the end, for failure messages that tell it all.
  def outcome
    { name: @name, posted: posted.sort, violations: @graph.violations,
      crowded: @box.gate.most > Servers::Graph::Gate::LIMIT }
  end

  # @return [Hash] the outcome when all went well
  def served(*numbers)
    { name: @name, posted: numbers.flat_map { |number| [*number] }.sort, violations: [], crowded: false }
  end
end
