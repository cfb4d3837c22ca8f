# frozen_string_literal: true

require "jwt"
require "support/graph_helpers"
require "support/rspec"

# The server that the examples of Microsoft Graph rely on.
RSpec.describe "The Graph server of these specs", :integration do
  let(:graph) { own(Servers::Graph.new) }
  let(:mailbox) { graph.user("support@example.com") }
  let(:client) { GraphClient.new(graph).tap(&:sign_in) }
  let(:base) { "/users/support@example.com" }
  let(:unread) do
    "#{base}/mailFolders/inbox/messages?$filter=receivedDateTime%20ge%201900-01-01T00:00:00Z%20and%20" \
      "isRead%20eq%20false&$orderby=receivedDateTime%20asc&$select=id"
  end

  def code(response)
    JSON.parse(response.body).dig("error", "code")
  end

  describe "signing in" do
    def thumbprint
      Base64.urlsafe_encode64(Digest::SHA256.digest(graph.application.certificate.to_der), padding: false)
    end

    def assertion(**changes)
      key = OpenSSL::PKey.read(File.read(graph.application.certificate_path))
      id = graph.application.client_id
      claims = { aud: "#{graph.url}/#{graph.application.tenant_id}/oauth2/v2.0/token", iss: id, sub: id,
                 jti: SecureRandom.uuid, nbf: Time.now.to_i, exp: Time.now.to_i + 300, **changes }
      JWT.encode(claims, key, "PS256", "typ" => "JWT", "x5t#S256" => thumbprint)
    end

    def sign_in_with(assertion)
      client.sign_in(client_secret: nil, client_assertion: assertion,
                     client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    end

    it "takes the secret, or a certificate in its place, and refresh tokens" do
      expect(client.sign_in.code).to eq("200")
      expect(sign_in_with(assertion).code).to eq("200")
      renewed = client.sign_in(grant_type: "refresh_token", refresh_token: graph.application.refresh_token)
      expect(JSON.parse(renewed.body)).to include("refresh_token", "access_token", "expires_in" => 3599)
      expect(graph.identity.issued).to eq(4)
      expect(graph.violations).to eq([])
    end

    it "refuses what is wrong, and tells mistakes of the client from those of an operator" do
      expect(client.sign_in(client_secret: "guessed").body).to include("invalid_client", "AADSTS7000215", "[7000215]")
      expect(client.sign_in(tenant: SecureRandom.uuid).body).to include("AADSTS90002")
      expect(sign_in_with(assertion(exp: Time.now.to_i - 1)).body).to include("AADSTS700024")
      expect(graph.violations).to eq([])
      expect(sign_in_with(assertion(aud: "https://login.example.com")).code).to eq("401")
      expect(client.sign_in(scope: "https://graph.example.com/.default").body).to include("invalid_resource")
      expect(graph.violations.size).to eq(2)
    end

    it "is asked for again once a token is over" do
      client
      mailbox
      graph.identity.expire
      response = client.get("#{base}/mailFolders/inbox")
      expect([response.code, code(response)]).to eq(%w[401 InvalidAuthenticationToken])
      expect(response["WWW-Authenticate"]).to start_with("Bearer ")
      expect(graph.violations).to eq([])
      client.get("#{base}/mailFolders/inbox", Authorization: nil)
      expect(graph.violations).to contain_exactly(/Access token is empty/)
    end

    it "may be on another host than Graph, whose tokens are good for that one only" do
      login = own(Servers::Graph.new(identity: graph.identity))
      mailbox
      client = GraphClient.new(graph, login: login).tap(&:sign_in)
      expect(client.get("#{base}/mailFolders/inbox").code).to eq("200")
      expect(client.get("#{login.url}/v1.0#{base}/mailFolders/inbox").code).to eq("401")
      expect([graph.violations.size, login.violations.size]).to eq([0, 1])
    end
  end

  it "lists unread messages oldest first, in pages, and gives their bytes" do
    mails = (1..5).map { |number| Mails.small(number) }
    messages = mails.each_with_index.map { |mail, index| mailbox.deliver(mail, received: Time.at(1_000 - index)) }
    messages[2].mark(read: true)
    first = client.read("#{unread}&$top=3")
    second = client.read(first["@odata.nextLink"])
    ids = [first, second].flat_map { |page| page["value"].map { |one| one["id"] } }
    expect(ids).to eq(messages.values_at(4, 3, 1, 0).map(&:id))
    expect(second).not_to have_key("@odata.nextLink")
    expect(client.get("#{base}/messages/#{ids.last}/$value").body.b).to eq(mails.first)
    expect(client.get("#{base}/messages/#{ids.last.swapcase}/$value").code).to eq("400")
    expect(graph.violations.size).to eq(1)
  end

  it "gives messages ids that differ in case only" do
    ids = Array.new(2) { |number| mailbox.deliver(Mails.small(number)).id }
    expect(ids.uniq.size).to eq(2)
    expect(ids.map(&:downcase).uniq.size).to eq(1)
  end

  it "finds folders by well-known name, by id and by what they are called" do
    mailbox.create_folder("Bob's mail/Sub")
    found = client.read("#{base}/mailFolders?$filter=displayName%20eq%20'bob''s%20mail'")["value"].first
    children = client.read("#{base}/mailFolders/#{found['id']}/childFolders?$select=displayName")["value"]
    expect(children.map { |one| one["displayName"] }).to eq(%w[Sub])
    expect(client.get("#{base}/mailFolders/#{found['id']}").code).to eq("200")
    expect(client.read("#{base}/mailFolders/JunkEmail")["displayName"]).to eq("Junk Email")
    expect(client.get("#{base}/mailFolders/nothing").code).to eq("400")
    expect(graph.violations).to eq([])
  end

  it "keeps notes in extended properties, and their ids in a form of its own" do
    message = mailbox.deliver(Mails.small(1))
    id = GraphHelpers::NOTE.sub("b9c0e6a4", "B9C0E6A4")
    body = { isRead: true, singleValueExtendedProperties: [{ id: id, value: "$Delivered" }] }
    expect(client.send_json("PATCH", "#{base}/messages/#{message.id}", body).code).to eq("200")
    query = URI.encode_www_form(
      "$filter" => "isRead eq true and singleValueExtendedProperties/any(" \
                   "ep: ep/id eq '#{id}' and ep/value eq '$Delivered')",
      "$expand" => "singleValueExtendedProperties($filter=id eq 'Integer 0x0E08' or id eq '#{id}')"
    )
    properties = client.read("#{base}/messages?#{query}")["value"].first["singleValueExtendedProperties"]
    expect(properties).to eq([{ "id" => "Integer 0xe08", "value" => message.raw.bytesize.to_s },
                              { "id" => GraphHelpers::NOTE, "value" => "$Delivered" }])
    expect(graph.violations).to eq([])
  end

  it "does what a batch says, part by part" do
    messages = (1..4).map { |number| mailbox.deliver(Mails.small(number)) }
    paths = messages.map { |message| "#{base}/messages/#{message.id}" }
    messages.last.remove
    graph.fault(:permanent_delete, status: 429, retry_after: 1)
    answers = client.batch({ "id" => "a", "method" => "PATCH", "url" => paths[0], "body" => { "isRead" => true } },
                           { "id" => "b", "method" => "DELETE", "url" => paths[1] },
                           { "id" => "c", "method" => "POST", "url" => "#{paths[2]}/permanentDelete" },
                           { "id" => "d", "method" => "DELETE", "url" => paths[3] })
    expect(answers.transform_values { |one| one["status"] }).to eq("a" => 200, "b" => 204, "c" => 429, "d" => 404)
    expect(answers["c"]["headers"]).to include("Retry-After" => "1")
    expect(mailbox.messages).to eq(messages.values_at(0, 2))
    expect(mailbox.messages("deleteditems")).to eq([messages[1]])
    expect(messages[0]).to be_read
    expect(graph.violations).to eq([])
  end

  it "tells by delta what has changed, until it has forgotten" do
    messages = (1..3).map { |number| mailbox.deliver(Mails.small(number)) }
    start = "#{base}/mailFolders/inbox/messages/delta?$select=isRead"
    prefer = 'IdType="ImmutableId", odata.maxpagesize=2'
    first = client.read(start, Prefer: prefer)
    second = client.read(first["@odata.nextLink"], Prefer: prefer)
    expect([first, second].map { |page| page["value"].size }).to eq([2, 1])
    messages[0].mark(read: true)
    messages[1].move("archive")
    third = client.read(second["@odata.deltaLink"])
    expect(third["value"]).to contain_exactly(include("id" => messages[0].id, "isRead" => true),
                                              { "id" => messages[1].id, "@removed" => { "reason" => "deleted" } })
    expect(client.read(third["@odata.deltaLink"])["value"]).to eq([])
    graph.settings.delta.forget
    expect(client.get(third["@odata.deltaLink"]).code).to eq("410")
    expect(graph.violations).to eq([])
  end

  it "records what Graph does not allow" do
    message = mailbox.deliver(Mails.small(1))
    late = "#{base}/messages?$filter=isRead%20eq%20false&$orderby=receivedDateTime"
    expect(code(client.get(late))).to eq("InefficientFilter")
    expect(code(client.get("#{base}/messages?$select=id,colour"))).to eq("RequestBroker--ParseUri")
    expect(client.get("#{base}/messages?$top=1001").code).to eq("400")
    expect(client.get("#{base}/messages?$skip=1").code).to eq("200")
    expect(client.get("#{base}/messages", Prefer: nil).code).to eq("200")
    expect(client.request("PATCH", "#{base}/messages/#{message.id}", {}, '{"isRead":true}').code).to eq("415")
    expect(client.send_json("PUT", "#{base}/messages/#{message.id}", {}).code).to eq("405")
    parts = (1..21).map { |id| { id: id.to_s, method: "GET", url: "#{base}/messages" } }
    expect(client.send_json("POST", "/$batch", { requests: parts }).code).to eq("400")
    absolute = [{ id: "1", method: "GET", url: "#{graph.url}/v1.0#{base}/messages" }]
    expect(client.send_json("POST", "/$batch", { requests: absolute }).code).to eq("400")
    expect(graph.violations.size).to eq(9)
  end

  it "counts more than four requests at once for a mailbox, and those that do not wait" do
    mailbox
    client
    graph.settings.latency = 0.3
    answers = Array.new(5) { Thread.new { client.get("#{base}/messages") } }.map(&:value)
    expect(answers.map(&:code).tally).to eq("200" => 4, "429" => 1)
    expect(mailbox.gate.most).to eq(5)
    expect(graph.violations).to contain_exactly(/MailboxConcurrency/)
    graph.fault(:list, status: 503, retry_after: 60)
    client.get("#{base}/messages")
    Wait.until(5, what: "the time in which requests may be on their way") do
      client.get("#{base}/messages") && graph.violations[1]
    end
    expect(graph.violations.last).to include("of Retry-After are left")
  end

  it "answers badly when it is told to, and well again" do
    message = mailbox.deliver(Mails.small(1))
    path = "#{base}/messages/#{message.id}/$value"
    client
    graph.fault(:value, hang_up: true, times: 2)
    expect { client.get(path) }.to raise_error(EOFError)
    graph.faults.clear
    graph.fault(:value, cut: true, times: 2) # Net::HTTP repeats a GET by itself
    expect { client.get(path) }.to raise_error(EOFError)
    graph.fault(:value, drip: 0.01)
    expect(client.get(path).body.b).to eq(message.raw)
    graph.fault(:list, malformed: true)
    expect { client.read("#{base}/messages") }.to raise_error(JSON::ParserError)
    graph.fault(:list, empty_page: true)
    expect(client.read(client.read(unread)["@odata.nextLink"])["value"].size).to eq(1)
    graph.fault(:patch, lost: true)
    expect { client.send_json("PATCH", "#{base}/messages/#{message.id}", { isRead: true }) }.to raise_error(EOFError)
    expect(message).to be_read
    graph.fault(:value, gone: true)
    expect(code(client.get(path))).to eq("ErrorItemNotFound")
    expect(graph.faults).not_to be_waiting
    expect(graph.violations).to eq([])
  end
end
