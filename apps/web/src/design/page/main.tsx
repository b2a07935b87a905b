import '../../as-react-does.ts';
import '../fonts.ts';
import '../tokens.css';
import '../base.css';
import { createRoot } from 'react-dom/client';
import { DesignPage } from './design-page.tsx';

const place = document.getElementById('root');
if (place === null) throw new Error('design.html has no element with the id "root"');
createRoot(place).render(<DesignPage />);
