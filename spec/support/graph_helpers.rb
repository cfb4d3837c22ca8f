# frozen_string_literal: true

require_relative "mails"
require_relative "servers"

# For examples of mailboxes on Microsoft Graph.
module GraphHelpers
  EMAIL = "support@example.com"

  # @return [Servers::Graph] the example's own
  def graph
    @graph ||= own(Servers::Graph.new)
  end

  # @return [Servers::Graph::Mailbox] the example's mailbox there
  def graph_mailbox
    graph.user(EMAIL)
  end

  # @return [Hash] settings of a mailbox there; how to deliver is among the others
  # @param inbox_options [Hash] further ones
  def on_graph(inbox_options: {}, **others)
    { email: graph_mailbox.email, name: "inbox", inbox_method: "microsoft_graph",
      inbox_options: graph.inbox_options(poll_interval: 1, **inbox_options), arbitration_method: "noop", **others }
  end
end

RSpec.configure do |config|
  config.include GraphHelpers, :graph

  # Whatever the example was about, Graph would have served this client.
  config.after(:each, :graph) { expect(graph.violations).to eq([]) }
end
