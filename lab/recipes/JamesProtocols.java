// SPDX-License-Identifier: Apache-2.0

import java.io.InputStream;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLContext;
import org.apache.james.protocols.api.Encryption;
import org.apache.james.protocols.api.logger.Logger;
import org.apache.james.protocols.netty.NettyServer;
import org.apache.james.protocols.smtp.MailAddress;
import org.apache.james.protocols.smtp.MailEnvelope;
import org.apache.james.protocols.smtp.SMTPConfigurationImpl;
import org.apache.james.protocols.smtp.SMTPProtocol;
import org.apache.james.protocols.smtp.SMTPProtocolHandlerChain;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.AuthHook;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MessageHook;
import org.apache.james.protocols.smtp.hook.RcptHook;

/** A server of James' protocols 1.6: ADDRESS VARIANT. */
class JamesProtocols {
    static class Alice implements AuthHook, MessageHook, RcptHook {
        public HookResult doAuth(SMTPSession session, String user, String password) {
            return user.equals("alice") && password.equals("wonderland") ? HookResult.ok() : HookResult.deny();
        }

        public HookResult doRcpt(SMTPSession session, MailAddress from, MailAddress recipient) {
            return "lab.test".equalsIgnoreCase(recipient.getDomain()) ? HookResult.ok() : HookResult.deny();
        }

        public HookResult onMessage(SMTPSession session, MailEnvelope mail) {
            return HookResult.ok();
        }

        public void init(Object configuration) {}

        public void destroy() {}
    }

    /** Says nothing. */
    static Logger silence() {
        var loader = JamesProtocols.class.getClassLoader();
        return (Logger) java.lang.reflect.Proxy.newProxyInstance(loader, new Class<?>[] {Logger.class},
                (proxy, method, arguments) -> method.getReturnType() == boolean.class ? false : null);
    }

    public static void main(String[] arguments) throws Exception {
        var settings = new SMTPConfigurationImpl();
        settings.helloName = "mail.lab.test";
        if (arguments[1].equals("altered")) {
            settings.setGreeting("mail.lab.test ESMTP Postfix");
            settings.setHeloEhloEnforcement(false);
        }
        var chain = new SMTPProtocolHandlerChain(new Alice());
        var server = new NettyServer(new SMTPProtocol(chain, settings, silence()),
                Encryption.createStartTls(SSLContext.getDefault()));
        server.setListenAddresses(new InetSocketAddress(arguments[0], 25));
        server.bind();
        Thread.currentThread().join();
    }
}
