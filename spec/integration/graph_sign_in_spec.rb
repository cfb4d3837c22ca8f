# frozen_string_literal: true

require "support/graph_helpers"
require "support/rspec"

# Where and with what a mailbox on Microsoft Graph signs in.
RSpec.describe "Signing in for Microsoft Graph", :graph, :integration do
  def expect_in(**options)
    fill([1])
    mail_room(on_graph(options: options))
    expect_posted(1)
  end

  ["plain", "a&b=c+d%20e/f?#", "\"quoted\" 'text' \\ ~._-", "pässwörd 東京", " with spaces "].each do |secret|
    it "takes the secret #{secret.inspect}" do
      graph.application.client_secret = secret
      expect_in
    end
  end

  it "takes a certificate in place of the secret" do
    expect_in(client_secret: nil, client_certificate_path: graph.application.certificate_path)
    body = URI.decode_www_form(graph.requests(:token).first.body).to_h
    expect(body.keys).to include("client_assertion").and not_include("client_secret")
  end

  it "takes endpoints with a slash at the end" do
    expect_in(azure_ad_endpoint: "#{graph.url}/", graph_endpoint: "#{graph.url}/")
  end

  it "asks for one token, however many mails there are" do
    fill(1..50)
    mail_room(on_graph)
    expect_posted(1..50)
    expect(graph.identity.issued).to eq(1)
  end

  it "goes to another host than that of Graph, as national clouds have it" do
    login = own(Servers::Graph.new(identity: graph.identity))
    expect_in(azure_ad_endpoint: login.url)
    expect(login.counts).to eq(token: 1)
    expect(graph.counts).not_to include(:token)
    expect(login.violations).to eq([])
  end

  it "names mailbox and reason when the secret is wrong, and goes on with the other mailbox" do
    other = graph.user("sales@example.com")
    fill([2], other)
    fill([1])
    process = mail_room(on_graph(options: { client_secret: "guessed-secret" }), on_graph(other))
    line = wait_for_error(account.email)
    expect(line["error"]).to include("AADSTS7000215")
    expect_posted(2, account: other)
    expect(process.everything).not_to include("guessed-secret")
  end

  it "names the user that does not exist" do
    mail_room(on_graph.merge(email: "nobody@example.com"))
    expect(wait_for_error("nobody@example.com")["error"]).to include("ErrorInvalidUser")
  end

  it "says that the application may not see the mailbox" do
    account.forbidden = true
    mail_room(on_graph)
    expect(wait_for_error(account.email)["error"]).to include("ErrorAccessDenied")
  end

  describe "over HTTPS" do
    def graph
      @graph ||= own(Servers::Graph.new(certificate: certificates.good))
    end

    it "trusts what the system trusts, here by SSL_CERT_FILE" do
      expect(graph.url).to start_with("https://")
      fill([1])
      mail_room(on_graph, options: { env: { "SSL_CERT_FILE" => certificates.ca_file } })
      expect_posted(1)
    end

    it "sends nothing to a server that nobody vouches for" do
      fill([1])
      mail_room(on_graph)
      expect(wait_for_error(account.email)["error"]).to match(/certificate/i)
      expect(graph.requests).to eq([])
    end
  end
end
