# frozen_string_literal: true

require "support/rspec"
require "support/graph_places"

# Access tokens: asked for no more often than they have to be, and told to nobody.
RSpec.describe "Tokens for Microsoft Graph", :graph_places, :integration do
  def troubles(place)
    place.lines(processes.last).reject { |line| line["severity"] == "INFO" }
  end

  it "are renewed in the middle of a drain, once for all requests, and nobody notices" do
    one = place("expiring")
    one.deliver(1..40)
    one.graph.settings.latency = 0.02
    one.graph.fault(:value, matching: /#{one.box.messages[9].id}/) { one.graph.identity.expire }
    serve(one)
    expect_served([one], 1..40)
    expect(one.graph.identity.issued).to eq(2)
    expect(troubles(one)).to eq([])
  end

  it "are renewed when any request is refused for once" do
    kinds = %i[folder list value batch delta]
    one = place("refused-once")
    kinds.each { |kind| one.graph.fault(kind, status: 401) }
    one.deliver(1..5)
    process = serve(one)
    process.wait_until(30, what: "all faults to happen") { !one.graph.faults.waiting? }
    one.deliver(6)
    expect_served([one], 1..6)
    expect(one.graph.identity.issued).to eq(kinds.size + 1)
    expect(troubles(one)).to eq([])
  end

  it "are renewed before they expire" do
    one = place("short-lived")
    one.graph.identity.expires_in = 20
    one.deliver(1..3)
    process = serve(one)
    process.wait_until(90, what: "three tokens") { one.graph.identity.issued >= 3 }
    one.deliver(4)
    expect_served([one], 1..4)
    expect(one.graph.requests.map(&:status)).not_to include(401)
    expect(troubles(one)).to eq([])
  end

  it "are of no use when the application has no rights, which the log says without a storm, until that is mended" do
    refused, forbidden, secret, tenant = some = places("refused", "forbidden", "secret", "tenant")
    right = [secret, tenant].to_h { |one| [one, one.settings] }
    refused.graph.fault(nil, matching: /mailFolders/, times: Float::INFINITY, status: 401)
    forbidden.box.forbidden = true
    secret.graph.application.client_secret = "#{secret.graph.application.client_secret}new"
    tenants = right[tenant][:inbox_options].merge(tenant_id: "00000000-0000-4000-8000-000000000000")
    some.each { |one| one.deliver(1..3) }
    mailboxes = [refused.settings, forbidden.settings, right[secret], { **right[tenant], inbox_options: tenants },
                 neighbour.settings]
    process = mail_room(*mailboxes)

    told = { refused => /401: InvalidAuthenticationToken/, forbidden => /403: ErrorAccessDenied/,
             secret => /AADSTS7000215: Invalid client secret/, tenant => /AADSTS90002: Tenant/ }
    told.each do |one, words|
      process.wait_until(30, what: "two errors of #{one.name}") { one.errors(process).size >= 2 }
      expect(one.errors(process)).to all(include("severity" => "ERROR", "error" => words))
      expect(one.errors(process)[1]["retry_in_s"]).to be >= 30
      expect(one.graph.counts.values.sum).to be <= 8
    end
    expect_neighbour_served

    refused.graph.faults.clear
    forbidden.box.forbidden = false
    secret.graph.application.client_secret = right[secret].dig(:inbox_options, :client_secret)
    expect_served([refused, forbidden, secret], 1..3)
    expect(tenant.posted).to eq([])
  end

  describe "from an endpoint in trouble" do
    html = { status: 200, body: "<html>Sign in to your account</html>" }
    troubles = { html: html, bad_gateway: { status: 502, body: "<html>Bad Gateway</html>" },
                 endless: { endless: true }, malformed: { malformed: true }, hang_up: { hang_up: true },
                 cut: { cut: true }, hanging: { delay: 60 }, empty: { json: {} }, list: { json: [] },
                 other: { json: { "token_type" => "pop", "access_token" => "x", "expires_in" => 3599 } } }

    it "keep their mailbox waiting, and no other" do
      some = troubles.map do |name, trouble|
        place(name).tap { |one| one.graph.fault(:token, times: Float::INFINITY, **trouble) }
      end
      some.each { |one| one.deliver(1..3) }
      process = serve(*some, neighbour, command_timeout: 2)
      some.each do |one|
        process.wait_until(30, what: "an error of #{one.name}") { one.errors(process).any? }
        expect(one.errors(process)).to all(include("error" => /\Ano access token: 127\.0\.0\.1/,
                                                   "retry_in_s" => Numeric))
      end
      expect_neighbour_served
      some.each { |one| one.graph.faults.clear }
      expect_served(some, 1..3)
    end

    it "are of use for as long as they last" do
      login = own(Servers::Graph.new)
      one = place("apart", login: login)
      one.deliver(1..3)
      process = serve(one)
      expect_served([one], 1..3)
      login.stop
      one.deliver(4)
      expect_served([one], 1..4)
      login.identity.expire
      one.deliver(5)
      process.wait_until(30, what: "an error") { one.errors(process).any? }
      login.start
      expect_served([one], 1..5)
      expect(login.violations).to eq([])
    end
  end
end
